"""No act on a key, in whatever order and at whatever time, leads to another verdict than the model's."""

import os

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.verification.life_of_keys import LifeOfKeys

RUNS, STEPS = int(os.environ.get("SOAK_RUNS", "200")), 30  # more under script/bench soak


@pytest.mark.parametrize("part", range(2))  # in two parts, for two cores
def test_every_verdict_is_the_models(engine, peppers, verifier, part):
    machine = type("LifeOnThisDatabase", (LifeOfKeys,), {"engine": engine, "peppers": peppers, "verifier": verifier})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=RUNS // 2, stateful_step_count=STEPS, deadline=None,
            suppress_health_check=list(HealthCheck), print_blob=True,
        ),
    )  # fmt: skip
