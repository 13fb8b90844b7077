"""Rotating a key and asking with its secrets."""

import pytest

from portal import clock
from portal.data_folder import DataFolder
from portal.keys import rotation
from portal.policy.facts import Facts
from portal.site.settings import SiteSettings
from portal.usage.recorder import UsageRecorder
from portal.usage.sink_sqlite import SqliteSink
from portal.verification.verdict import Allowed
from portal.verification.verifier import Verifier
from tests.support.limiter import make_limiter

SITE = SiteSettings()


@pytest.fixture
def rotate(session, as_alice, peppers):
    """Rotate and commit; `overlap` is how long the old secret works on."""

    def do(key, overlap=None, site=SITE, **wishes):
        ends = None if overlap is None else clock.now() + overlap
        answer = rotation.rotate(session, as_alice, key, ends, peppers=peppers, site=site, **wishes)
        session.commit()
        return answer

    return do


@pytest.fixture
def recorder(folder: DataFolder):
    recorder = UsageRecorder(SqliteSink(folder.database), every_seconds=3600)
    yield recorder
    recorder.close()


@pytest.fixture
def ask(store, folder, peppers, recorder):
    """Ask with a token: the slug of the refusal, or `allowed`. What was asked is written down before it is answered."""
    verifier = Verifier(store, peppers, recorder, make_limiter(folder.database))

    def do(token, address="10.0.0.7"):
        verdict = verifier.verify(str(token), Facts(address=address, any_key=True))
        assert recorder.flush()
        return "allowed" if isinstance(verdict, Allowed) else str(verdict.reason)

    return do
