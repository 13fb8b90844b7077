"""Requests that were noted and are not stored yet.

Equal ones are counted, and what was counted is written out in lines, by whoever brings the request that makes a part
full: a thread that did it beside those that serve would stop them again and again, each time for much longer than its
work takes.
"""

import logging
import threading
from collections import deque

from portal.usage.fold import Fold
from portal.usage.folded import Folded, Record, fold_up, merge
from portal.usage.line import line_of, rows_of

log = logging.getLogger(__name__)

Line = tuple[str, int]
"""Counted requests, written out, and how many rows they are."""

PART = 128  # requests that are counted at a time
MOST_OF_A_LINE = 256  # rows


class Notes:
    """Holds `most` rows, and a line more; what differs from all of them is then counted as dropped."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._noted: deque[Record] = deque()
        self._folded: Folded = {}
        self._lines: list[Line] = []
        self._turn = threading.Lock()
        self.are_written_out = False  # in lines, as they are wanted; else they stay counted
        self.dropped = 0

    @property
    def waiting(self) -> int:
        """The number of rows; requests that were not counted yet are one each."""
        return len(self._noted) + self._rows()

    def add(self, now_ms: int, fold: Fold) -> None:
        """Take note of one request of `now_ms`, milliseconds since 1970. Never waits."""
        noted = self._noted
        noted.append((now_ms, fold))
        if len(noted) >= PART and self._turn.acquire(blocking=False):
            try:
                self._count()
                if self.are_written_out and len(self._folded) >= MOST_OF_A_LINE:
                    self._write_out()
            finally:
                self._turn.release()

    def take_lines(self) -> list[Line]:
        """Return everything, written out, and begin anew."""
        with self._turn:
            self._count()
            self._write_out()
            lines, self._lines = self._lines, []
            return lines

    def take_folded(self) -> Folded:
        """Return everything, counted, and begin anew."""
        with self._turn:
            self._count()
            folded, lines = self._folded, self._lines
            self._folded, self._lines = {}, []
        for line, _rows in lines:
            merge(rows_of(line), folded)
        return folded

    def give_back(self, lines: list[Line]) -> None:
        """Put back what `take_lines` gave and nobody took."""
        with self._turn:
            self._lines = lines + self._lines

    def _rows(self) -> int:
        return len(self._folded) + sum([rows for _line, rows in self._lines])

    def _count(self) -> None:
        """Count what was noted, one by one off the queue: others go on noting meanwhile."""
        part = [self._noted.popleft() for _ in range(len(self._noted))]
        if self._rows() > self._most:
            self.dropped += len(part)
        else:
            fold_up(part, self._folded)

    def _write_out(self) -> None:
        """Write out what was counted. What cannot be written is dropped: no request fails by it, and no later one."""
        folded, self._folded = self._folded, {}
        if not folded:
            return
        try:
            self._lines.append((line_of(list(folded.items())), len(folded)))
        except Exception as error:  # noqa: BLE001
            self.dropped += sum(calls for calls, _at in folded.values())
            log.error("%d access records cannot be written out: %s", len(folded), type(error).__name__)  # noqa: TRY400
