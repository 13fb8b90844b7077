"""Formats that an admin adds."""

from datetime import UTC, datetime

import pytest

from portal.audit.events import SHELL, Event
from portal.audit.models import Audit
from portal.downloads import added
from portal.downloads.formats import FORMATS, VARIABLES
from portal.downloads.render import PLACEHOLDER, render
from portal.downloads.wanted import ABOUT_LIMIT, FORMAT_TEXT_LIMIT, WantedFormat

TOKEN = "ptl_7Hq2Wd9xKm_NotARealSecretJustAPicture0000xQ2mZa"


@pytest.fixture
def add(session):
    def do(slug="mine", file_name="mine.cfg", about="Put it anywhere.", quoting="json", text="${note}key = ${token}\n"):
        refusal = added.add(session, SHELL, WantedFormat(slug, file_name, about, quoting, text))
        session.commit()
        return refusal

    return do


def written(entry, token=TOKEN, name='a"b'):
    ends = datetime(2027, 2, 18, tzinfo=UTC)
    return render(
        entry, token=token, endpoint="https://api.example.org", public_id="ptl_x", name=name, expires_at=ends
    ).decode()


def test_an_added_format_stands_behind_the_others_and_is_written_as_they_are(session, add):
    assert add(text="${note}key = ${token}\nname = ${name}\ncosts $$5\n") is None
    formats = added.all_formats(session)
    assert list(formats) == [*FORMATS, "mine"]
    assert written(formats["mine"]) == f'key = "{TOKEN}"\nname = "a\\"b"\ncosts $5\n'
    assert PLACEHOLDER in written(formats["mine"], token=None)


def test_without_a_place_for_a_remark_it_is_given_with_a_key_only(session, add):
    add(text="${token}")
    assert added.all_formats(session)["mine"].note is None


def test_every_variable_can_be_named(session, add):
    assert add(text="".join(f"${{{name}}}" for name in VARIABLES)) is None
    assert TOKEN in written(added.all_formats(session)["mine"])


@pytest.mark.parametrize(
    ("wishes", "reason"),
    [
        ({"slug": "netrc"}, "format-slug"), ({"slug": "My Format"}, "format-slug"), ({"slug": ""}, "format-slug"),
        ({"file_name": "../x"}, "format-file-name"), ({"file_name": "a b"}, "format-file-name"),
        ({"file_name": ".."}, "format-file-name"), ({"file_name": 'x"\r\ny'}, "format-file-name"),
        ({"about": "x" * (ABOUT_LIMIT + 1)}, "format-about"), ({"about": "\x1b"}, "format-about"),
        ({"quoting": "none"}, "format-quoting"), ({"text": " "}, "format-text"),
        ({"text": "x" * (FORMAT_TEXT_LIMIT + 1)}, "format-text"), ({"text": "a $ b"}, "format-dollar"),
        ({"text": "${token.__class__}"}, "format-dollar"), ({"text": "${secret}"}, "format-variable"),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_is_refused_when_it_is_saved(session, add, wishes, reason):
    assert add(**wishes).reason == reason
    assert list(added.all_formats(session)) == list(FORMATS)


def test_a_name_is_had_once_and_is_free_when_the_format_is_gone(session, add):
    add()
    assert add().reason == "format-exists"
    assert added.remove(session, SHELL, "mine")
    assert not added.remove(session, SHELL, "mine")
    assert not added.remove(session, SHELL, "netrc")
    assert add(text="other ${token}") is None
    assert written(added.all_formats(session)["mine"]).startswith("other")


def test_both_are_in_the_audit(session, add):
    add()
    added.remove(session, SHELL, "mine")
    session.commit()
    events = [entry.event for entry in session.query(Audit).order_by(Audit.seq)]
    assert events[-2:] == [Event.FORMAT_ADDED, Event.FORMAT_REMOVED]
