"""What a fill is asked for, and what it knows while it goes on."""

from dataclasses import dataclass, field

from portal.devdata.acts import Acts
from portal.devdata.dice import Dice
from portal.devdata.key_rows import Rules
from portal.devdata.people import Crowd
from portal.keys.peppers import Peppers


@dataclass(frozen=True, slots=True)
class Wish:
    """What to invent. The same seed gives the same, but for secrets, which nobody must be able to guess.

    `tokens` is how many tokens to hand out, of keys that let a request pass which states nothing.
    """

    keys: int
    people: int
    seed: int
    password_hash: bytes
    prefix: str
    peppers: Peppers
    tokens: int = 0


@dataclass(slots=True)
class Scene:
    """The state of a fill that happens at `now`, milliseconds since 1970. It does not grow with the fill."""

    wish: Wish
    dice: Dice
    now: int
    rules: list[Rules]
    crowd: Crowd = field(default_factory=Crowd)
    acts: Acts = field(default_factory=Acts)
    site_hours: dict[int, tuple[int, int]] = field(default_factory=dict)
    people: int = 0
    keys: int = 0
    tokens: list[str] = field(default_factory=list)
    admin: str = ""
    someone: str = ""
