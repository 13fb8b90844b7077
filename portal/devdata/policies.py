"""Invented rules of keys: most have those of a new key, the others are narrower."""

from collections.abc import Iterator
from dataclasses import replace

from portal.devdata.dice import Dice
from portal.devdata.words import HOSTS, RESOURCE_NAMES, RESOURCE_OWNERS
from portal.policy.data_access import DataAccess, Level
from portal.policy.limits import Quota, Rate
from portal.policy.networks import Networks
from portal.policy.origin import CallerOrigin
from portal.policy.policy import Policy
from portal.policy.resources import Resources

VARIANTS = 2_000
WIDE = 2  # the first two let through a request that states nothing
_RATES = ("10/second", "100/minute", "600/minute", "5000/hour")
_QUOTAS = ("1000/day", "10000/day", "250000/month")


def policies(dice: Dice, new: Policy) -> Iterator[Policy]:
    """Yield `VARIANTS` policies: that of a new key, the same with a quota that nothing uses up, then narrower ones."""
    yield new
    yield replace(new, quota=Quota.read("1000000/day"))
    for _ in range(VARIANTS - WIDE):
        yield _narrower(dice, new)


def _narrower(dice: Dice, new: Policy) -> Policy:
    policy = replace(new, data=DataAccess(dice.choice((Level.NONE, Level.READ, Level.READ, Level.WRITE))))
    if dice.falls(0.6):
        policy = replace(policy, resources=_resources(dice))
    if dice.falls(0.2):
        hosts = dice.sample(HOSTS, dice.randint(1, 3))
        policy = replace(policy, origin=CallerOrigin.read({"native": dice.falls(0.5), "hosts": hosts}))
    if dice.falls(0.3):
        policy = replace(policy, networks=_networks(dice))
    if dice.falls(0.3):
        policy = replace(policy, rate=Rate.read(dice.choice(_RATES)))
    if dice.falls(0.3):
        policy = replace(policy, quota=Quota.read(dice.choice(_QUOTAS)))
    return policy


def _resources(dice: Dice) -> Resources:
    return Resources.read([_resource(dice) for _ in range(dice.randint(1, 5))])


def _resource(dice: Dice) -> str:
    scheme = dice.choice(("algo", "algo", "collection", "query"))
    owner, name = dice.choice(RESOURCE_OWNERS), dice.choice(RESOURCE_NAMES)
    return f"{scheme}://{owner}/{dice.choice((name, name, name, f'{name}/*', '*'))}"


def _networks(dice: Dice) -> Networks:
    wide = f"10.{dice.randrange(250)}.0.0/16"
    narrow = f"10.{dice.randrange(250)}.{dice.randrange(250)}.0/24"
    return Networks.read(dice.choice(((wide,), (narrow,), (wide, "2001:db8::/32"), ("10.0.0.0/8",))))
