"""The walk that finds what stands on the wrong floor. Which file stands where is in plan.py."""

from collections.abc import Callable, Iterator
from fnmatch import fnmatch

from tests.house.plan import DATABASES, DOORS, LOWER, MAY_ENTER, MAY_IMPORT, MAY_USE, NEVER, Floor, file_of, floor_of
from tests.house.trees import Source

Found = Iterator[tuple[int, str]]

COMMITS = "web/unit_of_work"
READS_AND_WRITES = {
    "open", ".open", ".read_text", ".read_bytes", ".write_text", ".write_bytes", ".unlink", ".mkdir", ".touch",
}  # fmt: skip
RUNS_SQL = {".execute", ".scalar", ".scalars", ".exec_driver_sql"}
NO_SQL = ("sqlalchemy.URL", "sqlalchemy.Engine", "sqlalchemy.orm.Session", "sqlalchemy.exc.")


def offences(source: Source) -> Iterator[str]:
    """Yield `portal/file.py:line: why` for everything in `source` that its floor forbids."""
    floor = floor_of(source.name)
    if floor is None:
        yield f"portal/{source.name}.py:1: stands on no floor; give it one in tests/house/plan.py"
    if floor is None or floor is Floor.STEP:
        return
    for rule in RULES[floor]:
        for line, why in rule(source, floor):
            yield f"portal/{source.name}.py:{line}: {why}"


def _leans_on_its_floors(source: Source, floor: Floor) -> Found:
    for name, line in source.imports():
        if name.partition(".")[0] not in {"portal", ""}:  # "" begins a relative import, which we do not use
            continue
        file = file_of(name)
        below = floor_of(file) if file else None
        if below is None:
            yield line, f"{name} is no file of the house"
        elif below not in MAY_IMPORT[floor]:
            yield line, f"a file of the floor {floor} imports {name} of the floor {below}"


def _loads_no(source: Source, floor: Floor) -> Found:
    for name, line in source.imports():
        package = name.partition(".")[0]
        if any(fnmatch(package, pattern) for pattern in NEVER[floor]) and (source.name, package) not in MAY_USE:
            yield line, f"a file of the floor {floor} imports {name}"


def _touches_no_file(source: Source, _floor: Floor) -> Found:
    for name, line in source.calls():
        if name in READS_AND_WRITES:
            yield line, f"a pure file calls {name}()"


def _takes_its_session(source: Source, _floor: Floor) -> Found:
    for name, line in source.attributes():
        if name in {"db.session", "db.paginate"} or (name.endswith(".query") and name[0].isupper()):
            yield line, f"a job uses {name}"


def _commits_nothing(source: Source, _floor: Floor) -> Found:
    if source.name == COMMITS:
        return
    for name, line in source.calls():
        if name == ".commit":
            yield line, f"only {COMMITS} commits"
    for name, line in source.attributes():
        if name == "session.begin":
            yield line, f"only {COMMITS} begins a transaction"


def _runs_no_sql(source: Source, _floor: Floor) -> Found:
    for name, line in source.imports():
        if name.partition(".")[0] in DATABASES - {"alembic"} and not name.startswith(NO_SQL):
            yield line, f"a door imports {name}"
    for name, line in source.calls():
        if name in RUNS_SQL:
            yield line, f"a door runs SQL with {name}()"


def _leans_on_lower_rooms(source: Source, _floor: Floor) -> Found:
    if source.room not in LOWER:
        return
    for name, line in source.imports():
        room = _room_of(name)
        if room in LOWER and room != source.room and room not in LOWER[source.room]:
            yield line, f"{source.room} imports {name}, which is not below it"


def _enters_no_other_door(source: Source, _floor: Floor) -> Found:
    for name, line in source.imports():
        room = _room_of(name)
        if room in DOORS and room != source.room and (source.room, file_of(name)) not in MAY_ENTER:
            yield line, f"{source.room or 'portal'} imports a door, {name}"


def _room_of(name: str) -> str:
    file = file_of(name) if name.startswith("portal.") else None
    return file.rpartition("/")[0] if file else ""


Rule = Callable[[Source, Floor], Found]
_ALL: tuple[Rule, ...] = (
    _leans_on_its_floors,
    _loads_no,
    _commits_nothing,
    _leans_on_lower_rooms,
    _enters_no_other_door,
)
RULES: dict[Floor, tuple[Rule, ...]] = {
    Floor.PURE: (*_ALL, _touches_no_file),
    Floor.LIGHT: _ALL,
    Floor.ROWS: _ALL,
    Floor.BINDING: _ALL,
    Floor.JOBS: (*_ALL, _takes_its_session),
    Floor.GROUND: (*_ALL, _runs_no_sql),
    Floor.DOORS: (*_ALL, _runs_no_sql),
}
