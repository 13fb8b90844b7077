"""The lane behind RSGI, asked as granian asks it, one request at a time or many at once."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Mapping
from typing import Any, TypeVar

from portal.gateway.lane_rsgi import RsgiLane
from tests.support import in_a_thread

Done = TypeVar("Done")
Answered = tuple[int, list[tuple[str, str]], bytes]


class SentHeaders:
    """What was sent, as granian tells it: it knows of a value beyond ASCII no more than the name."""

    def __init__(self, sent: list[tuple[str, str]], *, is_strict: bool = True) -> None:
        self._names = list(dict(sent))
        self._sent = [(name, value) for name, value in sent if not is_strict or _is_visible(value)]

    def keys(self) -> list[str]:
        return self._names

    def items(self) -> list[tuple[str, str]]:
        return self._sent

    def get_all(self, name: str) -> list[str]:
        return [value for key, value in self._sent if key == name]

    def __len__(self) -> int:
        return len(self._names)


def _is_visible(value: str) -> bool:
    return value.isascii() and value.replace("\t", "").isprintable()


class _Scope:
    def __init__(self, environ: Mapping[str, Any]) -> None:
        sent = {name[5:]: value for name, value in environ.items() if name.startswith("HTTP_")}
        sent |= {name: environ[name] for name in ("CONTENT_LENGTH", "CONTENT_TYPE") if environ.get(name)}
        hyphenated = [(name.lower().replace("_", "-"), value) for name, value in sent.items()]
        self.headers = SentHeaders(hyphenated, is_strict=False)  # the suite's WSGI is not as strict as granian's either
        self.method = environ["REQUEST_METHOD"]
        self.path = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
        self.query_string = environ["QUERY_STRING"].encode("latin-1").decode("utf-8", "replace")
        self.client = f"{environ['REMOTE_ADDR']}:12345"


class Exchange:
    """Gives the body in two parts and keeps the answer."""

    def __init__(self, body: bytes = b"") -> None:
        self._body = body
        self.answer: Answered | None = None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        half = len(self._body) // 2
        for part in (self._body[:half], self._body[half:]):
            await asyncio.sleep(0)
            yield part

    def response_bytes(self, status: int, headers: Any, body: bytes) -> None:
        assert self.answer is None
        self.answer = (status, list(headers), bytes(body))


class RsgiDoor:
    """A lane in an event loop of its own, which runs only while somebody asks."""

    def __init__(self, lane: RsgiLane) -> None:
        self.lane = lane
        self.loop = asyncio.new_event_loop()
        lane.__rsgi_init__(self.loop)

    def close(self) -> None:
        """End it, as granian does."""
        in_a_thread.do(lambda: self.lane.__rsgi_del__(self.loop))
        self.loop.close()

    def ask(self, environ: Mapping[str, Any]) -> Answered:
        """Answer one request, given as a WSGI environ."""
        (answer,) = self.run(self._answer([environ]))
        return answer

    def ask_together(self, environs: list[Mapping[str, Any]]) -> list[Answered]:
        """Answer so many requests that come at once."""
        return self.run(self._answer(environs))

    def run(self, work: Coroutine[Any, Any, Done]) -> Done:
        """Do `work` to its end in this door's loop."""
        return in_a_thread.run(work, self.loop)

    async def _answer(self, environs: list[Mapping[str, Any]]) -> list[Answered]:
        return list(await asyncio.gather(*[self.answer(environ) for environ in environs]))

    async def answer(self, environ: Mapping[str, Any]) -> Answered:
        """Answer one request; to be awaited in this door's loop."""
        exchange = Exchange(environ["wsgi.input"].read())
        await self.lane.__rsgi__(_Scope(environ), exchange)
        assert exchange.answer is not None
        return exchange.answer
