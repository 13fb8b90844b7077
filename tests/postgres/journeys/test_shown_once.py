"""What `tests/journeys/test_shown_once.py` says where the database matters, said of PostgreSQL."""

from tests.journeys.test_shown_once import (  # noqa: F401
    contexts,
    page,
    test_a_double_click_makes_one_key,
    test_a_reload_makes_no_second_key_and_shows_the_first_no_more,
    test_enter_pressed_twice_makes_one_key,
    test_two_tabs_make_two_keys_and_each_shows_its_own,
)
