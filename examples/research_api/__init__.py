"""A small protected API, the portal's first customer and a model to copy. Start reading at `app.py`."""

from examples.research_api.app import create_app

__all__ = ["create_app"]
