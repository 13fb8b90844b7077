"""Lets a web page elsewhere call a protected API: CORS (Fetch, section 3.2), decided by the key that the page sends.

The question before the request, the preflight, carries no key, so it is answered alike for every page. The answer to
the request itself is open to a page only when the key's rule of caller origin lets that page in, also where another
rule then refuses; to any other page the browser shows nothing.
"""

from flask import Response, g, request

from portal.policy.facts import Facts
from portal.policy.policy import Policy
from portal.verification.verdict import Verdict

METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE"
HEADERS = "Authorization, X-API-Key, apikey, MC-Api-Key, Content-Type, Accept, If-Match, If-None-Match"
EXPOSED = "ETag, RateLimit, RateLimit-Policy, Retry-After, X-Auth-Reason"
PREFLIGHT_SECONDS = 7200  # the most that Chromium keeps


def answer_preflight() -> Response | None:
    """Answer the question of a browser whether a page of another origin may send a request; leave all else alone."""
    if request.method != "OPTIONS" or "Access-Control-Request-Method" not in request.headers:
        return None
    answer = Response(status=204)
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.headers["Access-Control-Allow-Methods"] = METHODS
    answer.headers["Access-Control-Allow-Headers"] = HEADERS
    answer.headers["Access-Control-Max-Age"] = str(PREFLIGHT_SECONDS)
    return answer


def note(verdict: Verdict, facts: Facts) -> None:
    """Remember whether the page that sent the request is one of its key's."""
    g.is_page_of_key = verdict.key is not None and Policy.from_text(verdict.key.policy).origin.judge(facts) is None


def open_to_page(response: Response) -> Response:
    """Let a page of the key read the answer."""
    response.vary.add("Origin")
    origin = request.headers.get("Origin")
    if origin and g.get("is_page_of_key"):
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = EXPOSED
    return response
