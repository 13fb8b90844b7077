"""The headers of every answer: what the browser may load and run, who may embed it, and that nothing is kept."""

import secrets
from functools import lru_cache

from flask import Flask, Response, current_app, g, request
from secure import (
    ContentSecurityPolicy,
    CrossOriginOpenerPolicy,
    CrossOriginResourcePolicy,
    PermissionsPolicy,
    ReferrerPolicy,
    Secure,
    StrictTransportSecurity,
    XContentTypeOptions,
)  # fmt: skip

from portal.web.portal import portal

_NONCE = " the-nonce-of-the-answer"
_FORMS = "form-action 'self'"
_YEAR = 365 * 24 * 3600


def init_app(app: Flask) -> None:
    """Set the headers on every answer, errors included."""
    app.jinja_env.globals["csp_nonce"] = csp_nonce
    app.after_request(_set_headers)


def csp_nonce() -> str:
    """Return the nonce that scripts of the current answer carry."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    nonce: str = g.csp_nonce
    return nonce


def let_form_go_to(origin: str) -> None:
    """Let the form of the current answer lead to a page of another origin."""
    g.form_target = f" {origin}"


def _set_headers(answer: Response) -> Response:
    nonce = f" 'nonce-{g.csp_nonce}'" if "csp_nonce" in g else ""  # no scripts, no nonce
    for name, value in _headers(is_https=portal().settings.is_https).items():
        filled = value.replace(_NONCE, nonce).replace(_FORMS, _FORMS + g.get("form_target", ""))
        answer.headers.setdefault(name, filled)
    if request.endpoint != "static":
        answer.headers.setdefault("Cache-Control", "no-store")
    elif answer.status_code == 200 and not current_app.debug:  # noqa: PLR2004
        _keep(answer)
    return answer


def _keep(answer: Response) -> None:
    """Let a file be kept: for good when its address names its content, else until it is asked about again."""
    answer.headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable" if "v" in request.args else "no-cache"


@lru_cache(maxsize=2)
def _headers(*, is_https: bool) -> dict[str, str]:
    """Return all headers, with a mark where the nonce goes."""
    return Secure(
        csp=_content_policy(),
        xcto=XContentTypeOptions().nosniff(),
        referrer=ReferrerPolicy().same_origin(),  # CSRF over https needs it on our own pages
        coop=CrossOriginOpenerPolicy().same_origin(),
        corp=CrossOriginResourcePolicy().same_origin(),
        permissions=PermissionsPolicy().camera().microphone().geolocation().payment().usb().clipboard_write("self"),
        hsts=StrictTransportSecurity().max_age(_YEAR) if is_https else None,
    ).headers  # type: ignore[return-value]  # a dict, unless headers were made to repeat


def _content_policy() -> ContentSecurityPolicy:
    return (
        ContentSecurityPolicy()
        .default_src("'none'")
        .script_src("'self'", _NONCE.strip())
        .style_src("'self'")
        .img_src("'self'")
        .connect_src("'self'")
        .form_action("'self'")
        .base_uri("'none'")
        .frame_ancestors("'none'")
        .require_trusted_types_for("'script'")
        .trusted_types("htmx")
    )
