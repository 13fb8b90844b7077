"""The addresses that the server listens on."""

import socket

from portal.errors import CannotStart


def resolve(host: str) -> str:
    """Return the IP address that `host` stands for.

    Raises:
        CannotStart: it stands for none.

    """
    try:
        return str(socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)[0][4][0])
    except OSError:
        raise CannotStart(f"HOST: {host} is not an address of this machine.") from None


def check_free(address: str, port: int, variable: str) -> None:
    """Make sure that nobody listens on `port`; granian shares its ports, so it would not notice.

    Raises:
        CannotStart: the port is taken or not allowed; the message names it and its `variable`.

    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
            probe.listen(1)
        except OSError as error:
            reason = error.strerror.lower() if error.strerror else str(error)
            raise CannotStart(
                f"Port {port} on {address} cannot be used: {reason}. Set {variable} to another."
            ) from None
