"""The protected API behind the proxy, and the lane beside it, each a real server in a thread."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server


class Upstream:
    """An API that knows of no key: it answers with what it was sent. `/fails/<status>` answers with that status."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.asked: list[dict[str, Any]] = []


@contextmanager
def serve_api() -> Iterator[Upstream]:
    class Echo(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            seen = {"method": self.command, "path": self.path, "headers": self.headers.items(), "body": body}
            upstream.asked.append(seen)
            said = json.dumps(seen).encode()
            self.send_response(int(self.path.rpartition("/")[2]) if self.path.startswith("/fails/") else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815

        def log_message(self, *args: Any) -> None:
            pass

    with _running(ThreadingHTTPServer(("127.0.0.1", 0), Echo)) as address:
        upstream = Upstream(address)
        yield upstream


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, *args: Any) -> None:
        pass


@contextmanager
def serve_lane(lane: Callable[..., Any]) -> Iterator[str]:
    """Serve `lane`. Like granian, and unlike others, this server reads `X_Auth` and `X-Auth` as one header."""
    with _running(make_server("127.0.0.1", 0, lane, _Server, _Quiet)) as address:
        yield address


@contextmanager
def _running(server: Any) -> Iterator[str]:
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
