"""What the pages of a key show of its usage, the owner's and the admin's: templates/key/_usage.html and so on."""

from collections.abc import Iterable
from dataclasses import dataclass

from flask import request
from sqlalchemy.orm import Session

from portal import clock
from portal.keys.models import Key
from portal.policy.reasons import Reason
from portal.usage import reports
from portal.usage.charts import BarChart, Sparkline, bar_chart, sparkline
from portal.usage.models import Refusal
from portal.usage.series import Series, Span
from portal.usage.tally import MOST_PLACES

USAGE = "key/_usage.html"  # what a link to another span swaps


@dataclass(frozen=True, slots=True)
class Told:
    """A refusal with its reason in words; `reason` is None of a slug that is no reason any more."""

    refusal: Refusal
    reason: Reason | None

    @property
    def slug(self) -> str:
        """Status and slug, as the API answers them."""
        return f"{self.reason.status} {self.reason}" if self.reason else self.refusal.reason


@dataclass(frozen=True, slots=True)
class Drawn:
    """A series and its bars."""

    series: Series
    chart: BarChart


@dataclass(frozen=True, slots=True)
class Usage:
    """What the page of a key shows of its usage."""

    drawn: Drawn
    totals: reports.Totals
    refusals: list[Told]
    networks: list[reports.Network]

    @property
    def addresses(self) -> int:
        """From how many addresses the key was let in, of those that are kept."""
        return sum(len(network.addresses) for network in self.networks)

    @property
    def is_full(self) -> bool:
        """Whether there may have been more addresses than are kept."""
        return self.addresses >= MOST_PLACES


@dataclass(frozen=True, slots=True)
class Line:
    """The calls of a key in the last 30 days: their sum and their line."""

    calls: int
    drawn: Sparkline


def usage_of(session: Session, key: Key) -> Usage:
    """Return the usage of `key` in the span that the request's address names.

    A page that includes key/_usage.html answers with `fragment_or_page(USAGE, page, …)`: its links ask for it alone.
    """
    moment = clock.now()
    return Usage(
        drawn(session, key.id),
        reports.totals(session, key.id),
        [Told(refusal, _reason(refusal.reason)) for refusal in reports.refusals(session, key.id)],
        reports.networks(session, key.id, moment),
    )


def drawn(session: Session, key_id: int) -> Drawn:
    """Return the bars of a key, or of the whole site, in the span that the request's address names."""
    series = reports.series(session, key_id, asked_span(), clock.now())
    return Drawn(series, bar_chart([(bucket.calls, bucket.refused) for bucket in series.buckets]))


def lines_of(session: Session, keys: Iterable[Key]) -> dict[int, Line]:
    """Return the line of each key by its number, in one query."""
    lines = reports.sparks(session, [key.id for key in keys], clock.now())
    return {key_id: Line(sum(calls), sparkline(calls)) for key_id, calls in lines.items()}


def asked_span() -> Span:
    """Return the span that the request's address names; nonsense counts as 24 hours."""
    asked = request.args.get("span")
    return next((span for span in Span if span == asked), Span.DAY)


def _reason(slug: str) -> Reason | None:
    return next((reason for reason in Reason if reason == slug), None)
