"""The options with which commands take the rules of a key."""

from collections.abc import Callable
from typing import Any

import click

from portal.cli.wishes import RuleWishes

Command = Callable[..., Any]

_OPTIONS = (
    click.option(
        "--resource", "resources", multiple=True, help="A URI that it opens; the first replaces the defaults."
    ),
    click.option("--native/--no-native", default=True, help="Whether programs outside web pages may use it."),
    click.option("--browser-host", "hosts", multiple=True, help="A host whose web pages may use it."),
    click.option("--data", default="none", show_default=True, help="Data access: none, read or write."),
    click.option("--network", "networks", multiple=True, help="A network (CIDR) from which it may be used."),
    click.option("--rate", help="At most so many requests, as 100/minute, or none."),
    click.option("--quota", help="At most so many requests, as 10000/day, or none."),
)


def rule_options(command: Command) -> Command:
    """Give a command the options."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def take_rules(options: dict[str, Any]) -> RuleWishes:
    """Take the options about rules out of `options`."""
    return RuleWishes(**{name: options.pop(name) for name in RuleWishes._fields})
