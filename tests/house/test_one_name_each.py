"""What a template calls has one meaning: no two context processors or globals give the same name."""

from collections import Counter

import pytest

# What Flask, its extensions and Jinja give by themselves; some say the same thing twice.
_FRAMEWORK = {"flask", "jinja2", "flask_login", "flask_wtf", "flask_babel"}


@pytest.fixture
def given(app):
    """The names that the context processors of a blueprint give, or with None those of the app."""

    def names(blueprint):
        processors = app.template_context_processors.get(blueprint, [])
        return [name for each in processors if each.__module__.partition(".")[0] not in _FRAMEWORK for name in each()]

    with app.test_request_context():
        yield names


def test_no_name_is_given_twice(app, given):
    of_all = [*given(None), *app.jinja_env.globals]
    counts = {blueprint: Counter([*of_all, *given(blueprint)]) for blueprint in app.blueprints}
    assert {(blueprint, name) for blueprint, names in counts.items() for name in names if names[name] > 1} == set()


def test_the_names_of_a_door_are_met(given):
    assert {"sections", "kind_word", "users_url"} <= set(given("admin"))


def test_a_name_that_two_give_is_found(app, given):
    app.template_context_processors["admin"].append(_another_kind_word)
    assert Counter(given("admin"))["kind_word"] == 2


def _another_kind_word():
    return {"kind_word": "x"}
