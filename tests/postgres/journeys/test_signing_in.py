"""What `tests/journeys/test_signing_in.py` says where the database matters, said of PostgreSQL."""

from tests.journeys.test_signing_in import (  # noqa: F401
    test_a_person_signs_in_and_lands_on_their_api_credentials,
    test_back_after_signing_out_shows_nothing_of_the_person,
    test_someone_who_may_sign_up_is_in_at_once,
)
