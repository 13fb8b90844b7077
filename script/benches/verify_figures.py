"""What is wanted of verification: each figure with the least that it must reach, and what it aims at."""

from typing import NamedTuple

from script.benches.verify_rounds import Range

TIMES = " \N{MULTIPLICATION SIGN}"


class Figure(NamedTuple):
    """One line of the table. `is_less_better` turns both limits round; without limits it is told for what it is."""

    name: str
    what: str
    unit: str = TIMES
    least: float | None = None
    aim: float | None = None
    is_less_better: bool = False

    def mark(self, measured: float) -> str:
        """Return what the table says of a value."""
        if self.least is None:
            return ""
        if self._reaches(measured, self.least if self.aim is None else self.aim):
            return "aim reached"
        return "reached" if self._reaches(measured, self.least) else "**not reached**"

    def _reaches(self, measured: float, limit: float) -> bool:
        return measured <= limit if self.is_less_better else measured >= limit

    def limit(self, value: float | None) -> str:
        """Return a limit as the table has it."""
        if value is None:
            return ""
        return f"{'≤ ' if self.is_less_better and value else ''}{value:g}{self.unit}"


class Measured(NamedTuple):
    """What became of a figure: its range, or why there is none; and a note for the table."""

    figure: Figure
    range: Range | None
    note: str = ""


FIGURES = {
    figure.name: figure
    for figure in (
        Figure("lane", "`GET /auth`, SQLite, against bare Flask", least=3.5, aim=4.0),
        Figure("raw", "`GET /auth`, SQLite, against raw WSGI", least=0.55, aim=0.65),
        Figure("full", "the same with full rules (50 policies), against bare Flask", least=3.0, aim=3.5),
        Figure("drf-gunicorn", "`GET /auth`, SQLite, against drf-api-key on gunicorn", least=45, aim=55),
        Figure("drf-granian", "`GET /auth`, SQLite, against drf-api-key on granian", least=18, aim=24),
        Figure("knox-gunicorn", "`GET /auth`, SQLite, against knox on gunicorn"),
        Figure("knox-granian", "`GET /auth`, SQLite, against knox on granian"),
        Figure("postgres", "`GET /auth`, PostgreSQL, strict, against bare Flask", least=1.4, aim=1.7),
        Figure("decorator", "`@require_key` in a Flask app, against bare Flask", least=0.75, aim=0.85),
        Figure("p99", "p99 under that load, against bare Flask's", least=1.0, aim=0.5, is_less_better=True),
        Figure(
            "busy", "p99 at a paced 1,000 requests/s while the pages work, against idle",
            least=3.0, aim=2.0, is_less_better=True,
        ),
        Figure("nginx", "through nginx `auth_request`, against nginx → bare Flask", least=1.3, aim=1.5),
        Figure("nginx-asking", "through nginx `auth_request`, against `auth_request` → bare Flask"),
        Figure("growth", "`verify()` at the larger store against the smaller", least=2.0, aim=1.2, is_less_better=True),
        Figure("memory", "memory of the lane at 1,000,000 keys", " MiB", least=150, aim=100, is_less_better=True),
        Figure("revoked", "let in after *Revoke* was answered, SQLite", "", least=0, aim=0, is_less_better=True),
        Figure("revoked-postgres", "let in after *Revoke* was answered, PostgreSQL", "", 0, 0, is_less_better=True),
    )
}  # fmt: skip
