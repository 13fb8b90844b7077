"""What the data store's refusals and faults are as answers."""

from typing import NoReturn

from flask import Flask, Response, current_app

from examples.research_api.data_path import WrongName
from examples.research_api.data_store import OWNER_BYTES, OWNER_FILES
from examples.research_api.problems import Problem, as_problem, refuse
from examples.research_api.stored import NotStored, StoreFull, StoreUnavailable


def refuse_change(why: NotStored) -> NoReturn:
    """Answer the request with why the data store did not do it.

    Raises:
        Problem: always.

    """
    refuse(*_REFUSALS[why])


def init_app(app: Flask) -> None:
    """Answer with a sentence where a name is wrong or the data store fails."""
    app.register_error_handler(WrongName, _wrong_name)
    app.register_error_handler(StoreFull, _full)
    app.register_error_handler(StoreUnavailable, _unavailable)


def _wrong_name(error: WrongName) -> Response:
    return as_problem(Problem(400, "wrong-name", "Wrong name", str(error)))


def _full(error: StoreFull) -> Response:
    current_app.logger.error("The data store takes no more: %s", error)
    detail = "The data store is full: nothing was saved. Tell whoever runs this API."
    return as_problem(Problem(507, "store-full", "Store full", detail))


def _unavailable(error: StoreUnavailable) -> Response:
    current_app.logger.error("The data store is unavailable: %s", error)
    detail = "The data store does not answer just now. Try again in a moment."
    return as_problem(Problem(503, "unavailable", "Try again", detail, (("Retry-After", "1"),)))


_REFUSALS = {
    NotStored.NOT_THERE: (404, "no-such-file", "No such file", "There is no file or folder of yours of this name."),
    NotStored.NOT_AS_EXPECTED: (
        412, "changed-meanwhile", "Changed meanwhile", "The file is not, or not any more, the one that you expect.",
    ),
    NotStored.IN_THE_WAY: (
        409, "name-taken", "Name taken", "A file cannot be where a folder is, nor a folder where a file is.",
    ),
    NotStored.OVER_QUOTA: (
        507, "over-quota", "Over quota",
        f"Your files may have {OWNER_BYTES} bytes and be {OWNER_FILES} in number. Delete what you need no more.",
    ),
}  # fmt: skip
