"""Asks at a steady pace, whether answers come or not: verify_pacer.py URL REQUESTS RATE SECONDS.

Each request has its moment, and its time is counted from there: one that had to wait for a free connection, or for this
program, is late by that. So a server that stops for a moment is not asked less (no coordinated omission).
Prints one line of JSON.
"""

import json
import random
import select
import socket
import statistics
import sys
import threading
import time
from collections import deque
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

CONNECTIONS = 16
PATIENCE_SECONDS = 20.0
_HEAD_END = b"\r\n\r\n"


class Link:
    """One connection, and the moment of the request that it is busy with."""

    def __init__(self, host: str, port: int) -> None:
        self.socket = socket.create_connection((host, port), 10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.due = 0.0
        self.got = b""


class Answer(NamedTuple):
    late_ms: float
    is_yes: bool


class Pacer:
    """Sends requests at their moments over some connections."""

    def __init__(self, host: str, port: int, requests: list[bytes]) -> None:
        self._requests = requests
        links = [Link(host, port) for _ in range(CONNECTIONS)]
        self._links = {link.socket.fileno(): link for link in links}
        self._free = deque(links)
        self._waiting: deque[tuple[float, bytes]] = deque()
        self._lock = threading.Lock()
        self._wanted = 0
        self.answers: list[Answer] = []
        self.sent_late_ms: list[float] = []

    def run(self, rate: float, seconds: float) -> None:
        """Ask for so long, and wait for what is still to come."""
        self._wanted = round(rate * seconds)
        drawn = random.choices(self._requests, k=self._wanted)  # noqa: S311
        reading = threading.Thread(target=self._read, daemon=True)
        reading.start()
        begun = time.perf_counter() + 0.05
        for number, request in enumerate(drawn):
            due = begun + number / rate
            pause = due - time.perf_counter()
            if pause > 0:
                time.sleep(pause)
            self.sent_late_ms.append((time.perf_counter() - due) * 1000)
            self._begin(due, request)
        reading.join(PATIENCE_SECONDS)

    def _begin(self, due: float, request: bytes) -> None:
        with self._lock:
            if not self._free:
                self._waiting.append((due, request))
                return
            link = self._free.popleft()
        self._send(link, due, request)

    def _send(self, link: Link, due: float, request: bytes) -> None:
        link.due, link.got = due, b""
        link.socket.sendall(request)

    def _read(self) -> None:
        poll = select.epoll()
        for number in self._links:
            poll.register(number, select.EPOLLIN)
        while len(self.answers) < self._wanted:
            for number, _ in poll.poll(PATIENCE_SECONDS):
                link = self._links[number]
                part = link.socket.recv(65536)
                if not part:
                    return  # what is missing is told as missing
                link.got += part
                if is_whole(link.got):
                    self._end(link, time.perf_counter())

    def _end(self, link: Link, now: float) -> None:
        self.answers.append(Answer((now - link.due) * 1000, link.got.startswith(b"HTTP/1.1 2")))
        with self._lock:
            if not self._waiting:
                self._free.append(link)
                return
            due, request = self._waiting.popleft()
        self._send(link, due, request)


def is_whole(got: bytes) -> bool:
    """Return whether an answer has come to its end. One that states no length has no body here."""
    head, mark, body = got.partition(_HEAD_END)
    if not mark:
        return False
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return len(body) >= int(line.partition(b":")[2])
    return True


def main() -> None:
    where, rate, seconds = urlsplit(sys.argv[1]), float(sys.argv[3]), float(sys.argv[4])
    lines = Path(sys.argv[2]).read_text().splitlines()
    requests = [(line.replace("\t", "\r\n") + "\r\n\r\n").encode() for line in lines]
    sys.setswitchinterval(0.0005)
    pacer = Pacer(where.hostname or "", where.port or 80, requests)
    pacer.run(rate, seconds)
    late = [answer.late_ms for answer in pacer.answers]
    told = {
        "wanted": round(rate * seconds), "answered": len(late),
        "refused": sum(not each.is_yes for each in pacer.answers),
        "p50_ms": statistics.median(late), "p99_ms": statistics.quantiles(late, n=100)[98], "longest_ms": max(late),
        "sent_late_p99_ms": statistics.quantiles(pacer.sent_late_ms, n=100)[98],
    }  # fmt: skip
    print(json.dumps(told))


if __name__ == "__main__":
    main()
