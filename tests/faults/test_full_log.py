"""A log on a full disk loses lines, and nothing else."""

import os
import subprocess
import sys

import pytest

from portal.config import ROOT

LOG = "import logging; from portal.logs import set_up; set_up('text', 'info'); logging.getLogger('portal').error('x')"
SAY = "from portal.server.voice import say; say('x')"
COMPLAIN = "from portal.server.voice import complain; complain('x')"


@pytest.mark.parametrize("code", [LOG, SAY, COMPLAIN])
def test_a_line_that_cannot_be_written_stops_nobody(code):
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-P", "-c", f"{code}; import os; os._exit(7)"], check=False,
            env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=full, stderr=full,
        )  # fmt: skip

    assert done.returncode == 7
