"""Gives the pages much to do: verify_pages.py URL PEOPLE, until its standard input ends.

So many people sign in again and again, each with the right password, and an admin takes every key away as a file, again
and again. At the end one line of JSON tells how often that went well.
"""

import json
import re
import sys
import threading
import time
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit

from tests.cast import ADA, PASSWORD

EXPORT = "/admin/keys/export/csv"
PART = 1 << 16
OK, WAIT, RETRY_SECONDS = 200, {429, 503}, 1.0
_CSRF = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


class Browser:
    """As much of a browser as signing in needs."""

    def __init__(self, url: str) -> None:
        self.host = urlsplit(url).netloc
        self.origin = url
        self.cookies: SimpleCookie = SimpleCookie()

    def sign_in(self, email: str) -> int:
        """Open the page, send the form, and return the status of what did not go well, else 200."""
        status, page = self.ask("GET", "/sign-in")
        found = _CSRF.search(page)
        if status != OK or found is None:
            return status
        fields = {"email": email, "password": PASSWORD, "csrf_token": found[1]}
        status = self.ask("POST", "/sign-in", urlencode(fields))[0]
        return OK if status in {302, 303} else status

    def ask(self, method: str, path: str, body: str | None = None) -> tuple[int, str]:
        """Return status and text of an answer."""
        connection = HTTPConnection(self.host, timeout=120)
        connection.request(method, path, body, self.headers(body))
        answer = connection.getresponse()
        text = answer.read().decode()
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            self.cookies.load(cookie)
        connection.close()
        return answer.status, text

    def headers(self, body: str | None = None) -> dict[str, str]:
        """Return what a browser sends with a request to its own site."""
        told = {
            "Cookie": "; ".join(f"{name}={each.value}" for name, each in self.cookies.items()),
            "Origin": self.origin,
        }
        return told | ({"Content-Type": "application/x-www-form-urlencoded"} if body else {})


class Work:
    """What is done to the pages, and how often it went well."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.over = threading.Event()
        self.told = {"signed_in": 0, "told_to_wait": 0, "refused": 0, "rows": 0, "exports": 0, "broken": 0}
        self._lock = threading.Lock()

    def count(self, what: str, by: int = 1) -> None:
        with self._lock:
            self.told[what] += by

    def sign_in_again_and_again(self, email: str) -> None:
        while not self.over.is_set():
            try:
                status = Browser(self.url).sign_in(email)
                self.count("signed_in" if status == OK else "told_to_wait" if status in WAIT else "refused")
                if status != OK:
                    time.sleep(RETRY_SECONDS)  # as the answer says
            except OSError:
                self.count("broken")

    def export_again_and_again(self, browser: Browser) -> None:
        while not self.over.is_set():
            try:
                self._export(browser)
            except OSError:
                self.count("broken")

    def _export(self, browser: Browser) -> None:
        connection = HTTPConnection(browser.host, timeout=120)
        connection.request("GET", EXPORT, headers=browser.headers())
        answer = connection.getresponse()
        if answer.status != OK:
            self.count("refused")
            time.sleep(0.1)
        while not self.over.is_set():
            part = answer.read1(PART)
            if not part:
                self.count("exports")
                break
            self.count("rows", part.count(b"\n"))
        connection.close()


def main() -> None:
    work = Work(sys.argv[1])
    admin = Browser(work.url)
    assert admin.sign_in(ADA) == OK, "the admin could not sign in"
    doing = [threading.Thread(target=work.export_again_and_again, args=(admin,))]
    people = [f"person-{number}@example.org" for number in range(1, int(sys.argv[2]) + 1)]
    doing += [threading.Thread(target=work.sign_in_again_and_again, args=(email,)) for email in people]
    for thread in doing:
        thread.start()
    print("working", flush=True)
    sys.stdin.read()
    work.over.set()
    for thread in doing:
        thread.join()
    print(json.dumps(work.told), flush=True)


if __name__ == "__main__":
    main()
