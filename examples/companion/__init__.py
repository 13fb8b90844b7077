"""A companion app: people open it from the portal, and it calls the sample API as them. See docs/apps.md."""

from examples.companion.app import create_app

__all__ = ["create_app"]
