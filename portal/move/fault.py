"""What ends a move; nothing is moved then."""

from portal.errors import PortalError


class MoveFault(PortalError):
    """An installation cannot be moved; the message says what stands in the way."""

    slug = "move"
    title = "The installation cannot be moved"
