"""Access records in the words of the access log, and as an export tells them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.policy.reasons import Reason
from portal.usage.access_log import Record
from portal.web.audit_words import shown

COLUMNS = (
    "minute", "person", "person_id", "key", "key_id", "key_name", "address", "method", "resource", "let_in", "status",
    "reason", "calls",
)  # fmt: skip
_STATUS = {reason.value: reason.status for reason in Reason}


@dataclass(frozen=True, slots=True)
class Told:
    """A record in words. Numbers name people and keys that are gone; `verdict` is None of a call that was let in."""

    at: datetime | None
    person: str | None
    person_id: int | None
    key: str | None
    key_id: int | None
    key_name: str | None
    address: str | None
    method: str | None
    resource: str | None
    reason: str | None
    verdict: str | None
    calls: int | None


def told(record: Record) -> Told:
    """Return the record in words."""
    return Told(
        record.at, record.person and shown(record.person), record.owner_id, record.public_id, record.key_id,
        record.key_name and shown(record.key_name), record.address and shown(record.address),
        record.method and shown(record.method), record.resource and shown(record.resource),
        record.reason and shown(record.reason), None if record.reason is None else _verdict(record.reason),
        record.calls,
    )  # fmt: skip


def plain(record: Record) -> dict[str, Any]:
    """Return the record as an export tells it; `minute` is the moment at which its minute begins."""
    at = None if record.at is None else record.at.isoformat(timespec="seconds").replace("+00:00", "Z")
    return {
        "minute": at, "person": record.person, "person_id": record.owner_id, "key": record.public_id,
        "key_id": record.key_id, "key_name": record.key_name, "address": record.address, "method": record.method,
        "resource": record.resource, "let_in": record.reason is None, "status": _status(record.reason),
        "reason": record.reason, "calls": record.calls,
    }  # fmt: skip


def _verdict(reason: str) -> str:
    status = _status(reason)
    return f"{status} {reason}" if status else shown(reason)


def _status(reason: str | None) -> int | None:
    """Return the status of a refusal; None of a call that was let in, and of a reason that nobody knows."""
    return _STATUS.get(reason or "")
