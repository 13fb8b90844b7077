"""Every number that `/metrics` tells, declared once. docs/metrics.md says the same; a test compares them."""

from typing import Literal, NamedTuple

Kind = Literal["counter", "gauge", "histogram"]


class Metric(NamedTuple):
    """A number with a name. `merge` is how the gauges of several processes become one, in prometheus_client's words."""

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()
    merge: str = "livesum"


VERIFICATIONS = Metric("portal_verifications", "counter", "Verifications, by door and outcome.", ("door", "outcome"))
VERIFICATION_SECONDS = Metric(
    "portal_verification_seconds", "histogram", "How long a verification took, without the server.", ("door",)
)
DATABASE_UNAVAILABLE = Metric(
    "portal_database_unavailable", "counter", "Requests that the database did not answer in time.", ("part",)
)
USAGE_WAITING = Metric("portal_usage_records_waiting", "gauge", "Access records that wait in the memory of processes.")
USAGE_BATCHES = Metric("portal_usage_batches_waiting", "gauge", "Batches of access records that wait for the storer.")
USAGE_DROPPED = Metric("portal_usage_records_dropped", "counter", "Requests whose access record found no room.")
USAGE_FAILURES = Metric("portal_usage_flush_failures", "counter", "Times that access records could not be stored.")
USAGE_FLUSHED = Metric(
    "portal_usage_flushed_timestamp_seconds", "gauge",
    "When the process that is furthest behind stored its access records.", merge="livemin",
)  # fmt: skip
PAGES = Metric(
    "portal_pages", "counter", "Answers of the pages, by route, method and status.", ("route", "method", "status")
)
PAGE_SECONDS = Metric("portal_page_seconds", "histogram", "How long a page took, by route.", ("route",))
SIGN_INS = Metric("portal_sign_ins", "counter", "Attempts to sign in, by outcome.", ("outcome",))
GATE_WAITING = Metric("portal_password_gate_waiting", "gauge", "Passwords that are hashed or wait for it.")
GATE_REFUSED = Metric("portal_password_gate_refused", "counter", "Passwords that came when too many waited.")
KEYS = Metric(
    "portal_keys", "gauge", "Keys by status, as the worker counted them last.", ("status",), merge="livemostrecent"
)
PROCESSES = Metric("portal_processes", "gauge", "Processes that live.", ("part",))
STARTED = Metric(
    "portal_process_start_time_seconds", "gauge", "When each living process started.", ("part",), merge="liveall"
)
BUILD = Metric(
    "portal_build_info", "gauge", "The code and the schema it knows; always 1.", ("version", "schema"), merge="livemax"
)

METRICS = (
    VERIFICATIONS, VERIFICATION_SECONDS, DATABASE_UNAVAILABLE,
    USAGE_WAITING, USAGE_BATCHES, USAGE_DROPPED, USAGE_FAILURES, USAGE_FLUSHED,
    PAGES, PAGE_SECONDS, SIGN_INS, GATE_WAITING, GATE_REFUSED, KEYS, PROCESSES, STARTED, BUILD,
)  # fmt: skip
