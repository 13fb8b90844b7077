"""What `tests/journeys/test_key_life.py` says where the database matters, said of PostgreSQL."""

from tests.journeys.test_key_life import (  # noqa: F401
    ask,
    page,
    reserved,
    test_a_deleted_key_is_refused_and_gone,
    test_a_double_click_on_get_key_makes_one_secret,
    test_a_double_click_on_rotate_makes_one_rotation,
    test_a_key_is_rotated_with_an_overlap_and_the_overlap_is_ended,
    test_a_session_key_works_until_its_person_signs_out,
    test_the_default_key_gets_its_secret_by_one_button,
)
