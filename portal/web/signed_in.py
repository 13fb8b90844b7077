"""Who is signed in: the session cookie holds a session id, and the table of sign-ins says whether it still counts."""

from contextlib import suppress

from flask import Flask
from flask import session as cookie
from flask_login import UserMixin, current_user, login_user
from sqlalchemy.exc import OperationalError

from portal.accounts import sessions
from portal.accounts.models import Person, SignIn
from portal.accounts.sessions import Opened
from portal.errors import Unavailable
from portal.extensions import login
from portal.web.unit_of_work import reading, stop_reading, writing

_SID = "_user_id"  # Flask-Login's name for it


class SignedIn(UserMixin):  # type: ignore[misc]  # Flask-Login is untyped
    """The `current_user` of someone signed in. Its rows are snapshots: good to read, never to change."""

    def __init__(self, sid: str, sign_in: SignIn) -> None:
        self._sid = sid
        self.sign_in = sign_in
        self.person: Person = sign_in.person

    def get_id(self) -> str:
        """Return what the cookie holds: the session id."""
        return self._sid


def init_app(app: Flask) -> None:
    """Bind Flask-Login. The table of sign-ins watches over sessions, so its own protection is off."""
    login.session_protection = None
    login.user_loader(_load)
    login.init_app(app)


def remember(opened: Opened) -> None:
    """Make this browser the one of a sign-in that was just opened: a new cookie, with nothing of the old one in it."""
    cookie.clear()
    login_user(SignedIn(opened.sid, opened.sign_in))


def has_ended() -> bool:
    """Return whether someone was signed in here until the sign-in ended elsewhere, or by itself."""
    return _SID in cookie and not current_user.is_authenticated


def _load(sid: str) -> SignedIn | None:
    sign_in = sessions.load(reading(), sid)
    stop_reading()
    if sign_in is None:
        return None
    if sessions.needs_touch(sign_in):
        _touch(sign_in)
    return SignedIn(sid, sign_in)


def _touch(sign_in: SignIn) -> None:
    with suppress(Unavailable, OperationalError), writing() as session:  # a busy database spoils no page
        sessions.touch(session, sign_in)
