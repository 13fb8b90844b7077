"""Programs that call the API, one for each language: what a person pastes to see their first answer.

A new language is one entry here. Each quotes the address in its own way; the key is read from the environment, so that
it is in no script. They are run by tests/downloads/test_snippets.py against a real server.
"""

import json
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from string import Template

VARIABLE = "PORTAL_API_KEY"


@dataclass(frozen=True, slots=True)
class Snippet:
    """A program in one language: its name, the file to keep it in, how to run that, how to quote, and its text."""

    slug: str
    label: str
    file_name: str
    command: str
    quote: Callable[[str], str]
    remark: str
    text: Template

    def program(self, address: str, remark: str = "") -> str:
        """Return the program that calls `address`, under `remark` as a comment; neither can break out of its place."""
        comment = f"{self.remark} {' '.join(remark.split())}\n" if remark else ""
        return comment + self.text.substitute(address=self.quote(address), variable=VARIABLE)


def quote_literal(text: str) -> str:
    """Return a string literal as Python, JavaScript, Java and R all read it: in ASCII, the rest as escapes."""
    return json.dumps(text)


SNIPPETS = {
    entry.slug: entry
    for entry in (
        Snippet(
            "curl", "curl", "call.sh", "sh call.sh", shlex.quote, "#",
            Template('curl -H "Authorization: Bearer $$${variable}" ${address}'),
        ),
        Snippet(
            "python", "Python", "call.py", "python call.py", quote_literal, "#",
            Template('''\
import os
import requests

answer = requests.get(
    ${address},
    headers={"Authorization": f"Bearer {os.environ['${variable}']}"},
)
print(answer.status_code, answer.text)'''),
        ),
        Snippet(
            "r", "R", "call.R", "Rscript call.R", quote_literal, "#",
            Template('''\
library(httr2)

answer <- request(${address}) |>
  req_auth_bearer_token(Sys.getenv("${variable}")) |>
  req_error(is_error = \\(answer) FALSE) |>
  req_perform()
cat(resp_status(answer), resp_body_string(answer))'''),
        ),
        Snippet(
            "javascript", "JavaScript", "call.mjs", "node call.mjs", quote_literal, "//",
            Template('''\
const answer = await fetch(${address}, {
  headers: { Authorization: `Bearer $${process.env.${variable}}` },
});
console.log(answer.status, await answer.text());'''),
        ),
        Snippet(
            "java", "Java", "Call.java", "java Call.java", quote_literal, "//",
            Template('''\
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;

class Call {
    public static void main(String[] arguments) throws Exception {
        var request = HttpRequest.newBuilder(URI.create(${address}))
            .header("Authorization", "Bearer " + System.getenv("${variable}"))
            .build();
        var answer = HttpClient.newHttpClient().send(request, BodyHandlers.ofString());
        System.out.println(answer.statusCode() + " " + answer.body());
    }
}'''),
        ),
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Commands:
    """What the help page shows beside the programs; `picture` stands for a public id."""

    picture: str
    terminal: str
    bearer: str
    header: str
    netrc: str
    netrc_curl: str


def commands(prefix: str, address: str, machine: str) -> Commands:
    """Return the commands of an installation: its keys' prefix, an address to call, its API's host without a port."""
    picture, target = f"{prefix}_7Hq2Wd9xKm", shlex.quote(address)
    return Commands(
        picture=picture,
        terminal=f"export {VARIABLE}={picture}_…",
        bearer=SNIPPETS["curl"].program(address),
        header=f'curl -H "X-API-Key: ${VARIABLE}" {target}',
        netrc=f"machine {machine}\nlogin apikey\npassword {picture}_…",
        netrc_curl=f"curl --netrc {target}",
    )
