"""`flask formats`."""

from portal.downloads.formats import FORMATS

ADD = ("formats", "add", "mine", "--file-name", "mine.cfg", "--text", "-")


def test_a_format_is_added_listed_and_removed(shell):
    assert shell(*ADD, stdin="key = ${token}\n").stdout == "Added mine.\n"
    lines = shell("formats", "list").stdout.splitlines()
    assert lines[0] == "alveo alveo.config"
    assert lines[len(FORMATS)] == "mine mine.cfg (added)"
    assert shell("formats", "remove", "mine").stdout == "Removed mine.\n"
    assert len(shell("formats", "list").stdout.splitlines()) == len(FORMATS)


def test_a_wrong_variable_is_one_line(complaint):
    assert "There is no variable ${secret}." in complaint(*ADD, stdin="${secret}")


def test_a_format_that_was_not_added_cannot_be_removed(complaint):
    assert "No format named netrc was added." in complaint("formats", "remove", "netrc")
