"""Those who ask while things break: a program with a key, and a person's browser. Each tells how long it waited."""

import http.client
import json
import re
import time
import urllib.error
import urllib.request
from http import HTTPStatus
from http.cookiejar import CookieJar
from typing import Any, NamedTuple
from urllib.parse import urlencode

OK = HTTPStatus.OK
PATIENCE_SECONDS = 10.0
NO_ANSWER = (OSError, http.client.HTTPException)


class Reply(NamedTuple):
    """What was answered, and after how many seconds."""

    status: int
    headers: http.client.HTTPMessage
    body: str
    seconds: float

    @property
    def says_when(self) -> bool:
        """Whether it tells when to try again."""
        return self.headers.get("Retry-After", "").isdigit()


class _Answers(urllib.request.HTTPErrorProcessor):
    """Takes every answer as one, also a refusal."""

    def http_response(self, _request: urllib.request.Request, response: Any) -> Any:
        return response

    https_response = http_response


_plain = urllib.request.build_opener(_Answers)


def ask(url: str, token: str | None = None, method: str = "GET", body: object = None) -> Reply:
    """Send one request with `token` as its Bearer; raises one of `NO_ANSWER` where none came."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    if body is not None:
        headers["Content-Type"] = "application/json"
    data = None if body is None else json.dumps(body).encode()
    return _send(_plain, urllib.request.Request(url, data, headers, method=method))  # noqa: S310


def first_answer(url: str, token: str, seconds: float = 60.0) -> Reply:
    """Ask until anything at all is answered."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return ask(url, token)
        except NO_ANSWER:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)


class Browser:
    """A person's browser: it keeps cookies, follows redirects, and sends the forms that it was shown."""

    def __init__(self, url: str) -> None:
        self._url = url
        jar = urllib.request.HTTPCookieProcessor(CookieJar())
        self._opener = urllib.request.build_opener(jar)
        self._csrf = ""

    def get(self, path: str) -> Reply:
        """Open a page."""
        return self._seen(urllib.request.Request(self._url + path))  # noqa: S310

    def post(self, path: str, **fields: str) -> Reply:
        """Send a form, with the token of the last one that was shown."""
        data = urlencode({"csrf_token": self._csrf, **fields}).encode()
        return self._seen(urllib.request.Request(self._url + path, data))  # noqa: S310

    def sign_in(self, email: str, password: str) -> Reply:
        """Open the form and send it."""
        self.get("/sign-in")
        return self.post("/sign-in", email=email, password=password)

    def _seen(self, request: urllib.request.Request) -> Reply:
        reply = _send(self._opener, request)
        shown = re.search(r'name="csrf_token"[^>]*value="([^"]*)"', reply.body)
        self._csrf = shown[1] if shown else self._csrf
        return reply


def _send(opener: urllib.request.OpenerDirector, request: urllib.request.Request) -> Reply:
    begun = time.monotonic()
    try:
        answer = opener.open(request, timeout=PATIENCE_SECONDS)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        body = answer.read().decode(errors="replace")
    return Reply(answer.status, answer.headers, body, time.monotonic() - begun)
