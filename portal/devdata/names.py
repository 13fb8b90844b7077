"""What invented keys are called: each name once."""

from portal.devdata.words import AWKWARD, PLACES, TASKS
from portal.keys.names import NAME_LIMIT

_FORMS = ("{task}, {place}", "{place}: {task}", "{task} ({place})", "{place} {task}")
_ALL = len(_FORMS) * len(TASKS) * len(PLACES)
_STRIDE = 7919  # a prime: keys in a row have names that have nothing in common
_AWKWARD_EVERY = 997


def key_name(number: int) -> str:
    """Return the name of the key of that number."""
    if number % _AWKWARD_EVERY == 0:
        times, place = divmod(number // _AWKWARD_EVERY, len(AWKWARD))
        return f"{AWKWARD[place]} {times + 1}"[:NAME_LIMIT] if times else AWKWARD[place]
    times, place = divmod(number, _ALL)
    place, form = divmod(place * _STRIDE % _ALL, len(_FORMS))
    task, place = divmod(place, len(PLACES))
    name = _FORMS[form].format(task=TASKS[task], place=PLACES[place])
    return f"{name} {times + 1}" if times else name
