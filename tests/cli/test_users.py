from urllib.parse import urlsplit

from portal.accounts import membership, passwords, sessions
from portal.audit.events import Event
from portal.audit.models import Audit
from tests.cast import ALICE, PASSWORD

NEW_PASSWORD = "tidal orchid ferry lamp"


def test_an_account_is_made_from_the_shell(shell, session):
    result = shell("users", "create", ALICE, "--password-stdin", stdin=f"{PASSWORD}\n")

    person = membership.by_email(session, ALICE)
    assert result.stdout == f"Made an account for {ALICE}.\n"
    assert passwords.matches(PASSWORD, person.password_hash)
    assert not person.is_admin


def test_an_admin_is_made_from_the_shell(shell, session):
    shell("users", "create", ALICE, "--admin", "--password-stdin", stdin=PASSWORD)

    assert membership.by_email(session, ALICE).is_admin


def test_a_password_is_asked_for_twice(shell, session):
    shell("users", "create", ALICE, stdin=f"{PASSWORD}\n{PASSWORD}\n")

    assert passwords.matches(PASSWORD, membership.by_email(session, ALICE).password_hash)


def test_an_address_has_one_account(complaint, alice):
    line = complaint("users", "create", ALICE.upper(), "--password-stdin", stdin=PASSWORD)

    assert "an account with this e-mail already" in line


def test_what_is_no_address_gets_no_account(complaint):
    assert "not an e-mail address" in complaint("users", "create", "alice", "--password-stdin", stdin=PASSWORD)


def test_a_weak_password_is_refused(complaint, session):
    assert "easy to guess" in complaint("users", "create", ALICE, "--password-stdin", stdin="password123")
    assert membership.count(session) == 0


def test_a_new_password_replaces_the_old_one_and_signs_out(shell, session, alice, as_alice):
    opened = sessions.open_for(session, as_alice, alice, "Firefox")
    session.commit()

    result = shell("users", "password", ALICE, "--password-stdin", stdin=NEW_PASSWORD)

    session.expire_all()
    assert result.exit_code == 0, result.output
    assert passwords.matches(NEW_PASSWORD, alice.password_hash)
    assert sessions.load(session, opened.sid) is None


def test_nobody_has_no_password(complaint):
    said = complaint("users", "password", ALICE, "--password-stdin")
    assert said.startswith(f"Error: No account has the e-mail {ALICE}. (The data folder is /")


def test_an_invitation_is_one_link_that_works(shell, client):
    result = shell("users", "invite", ALICE)

    link = urlsplit(result.stdout.strip())
    assert f"{link.scheme}://{link.netloc}" == "http://127.0.0.1:8000"
    assert client.get(link.path).status_code == 200


def test_what_the_shell_does_is_audited_as_the_shells(shell, session):
    shell("users", "create", ALICE, "--password-stdin", stdin=PASSWORD)

    entry = session.query(Audit).filter_by(event=Event.PERSON_CREATED).one()
    assert (entry.actor, entry.subject) == ("shell", ALICE)
