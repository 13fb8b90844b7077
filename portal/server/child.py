"""One of the supervisor's processes: started, watched, started again, stopped."""

import os
import signal
import socket
import subprocess
import sys
import time

_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 30.0
_STEADY_SECONDS = 60.0
_STOP_SECONDS = 15.0
_STUCK_SECONDS = 6.0
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104


class Child:
    """A module of `portal.server` that runs as a process of its own, and is told last who started it."""

    def __init__(self, name: str, module: str, *arguments: str, drain_seconds: int = 0) -> None:
        self.name = name
        self._command = [sys.executable, "-P", "-m", f"portal.server.{module}", *arguments, str(os.getpid())]
        self._stop_seconds = drain_seconds + _STOP_SECONDS
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._due = 0.0
        self._failures = 0

    @property
    def pause(self) -> float | None:
        """The seconds until it is to be started; None while it runs."""
        return None if self._process is not None else max(0.0, self._due - time.monotonic())

    def start_when_due(self) -> None:
        """Start the process, unless it runs or its pause is not over."""
        if self.pause == 0:
            # Its own session: Ctrl-C reaches the supervisor alone, which then stops its children in order.
            self._process = subprocess.Popen(self._command, start_new_session=True)  # noqa: S603
            self._started = time.monotonic()

    def has_ended(self) -> bool:
        """Return whether the process was started and has ended."""
        return self._process is not None and self._process.poll() is not None

    def plan_restart(self) -> float:
        """Let it start again after a pause that doubles while it keeps failing; return the pause in seconds."""
        if time.monotonic() - self._started > _STEADY_SECONDS:
            self._failures = 0
        pause: float = min(_FIRST_PAUSE_SECONDS * 2**self._failures, _LONGEST_PAUSE_SECONDS)
        self._failures += 1
        self._process = None
        self._due = time.monotonic() + pause
        return pause

    def is_healthy(self) -> bool:
        """Return whether it does its work, as far as can be seen from outside."""
        return not self.has_ended()

    def kill(self) -> None:
        """End the process and those that it started, at once."""
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def ask_to_stop(self) -> None:
        """Send SIGTERM: what is in flight is finished, nothing new is taken."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)

    def wait_until_stopped(self) -> None:
        """Wait for the end, and enforce it when it does not come."""
        if self._process is None:
            return
        try:
            self._process.wait(self._stop_seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Server(Child):
    """A granian server of `application` on `address` and `port`."""

    def __init__(
        self,
        name: str,
        application: str,
        address: str,
        port: int,
        *,
        workers: int,
        threads: int,
        drain_seconds: int = 0,
        interface: str = "wsgi",
    ) -> None:
        plan = application, address, str(port), str(workers), str(threads), interface
        super().__init__(name, "serve", *plan, drain_seconds=drain_seconds)
        self._address = (_EVERYWHERE.get(address, address), port)
        self._answered: float | None = None

    def start_when_due(self) -> None:
        """Start the process, unless it runs or its pause is not over."""
        if self.pause == 0:
            self._answered = None
        super().start_when_due()

    def is_stuck(self) -> bool:
        """Return whether it has answered since it was started, and for some seconds does not any more."""
        if self.pause is not None or self.is_healthy() or self._answered is None:
            return False
        return time.monotonic() - self._answered > _STUCK_SECONDS

    def is_healthy(self) -> bool:
        """Return whether `GET /healthz` answers 200."""
        if not self._answers():
            return False
        self._answered = time.monotonic()
        return True

    def _answers(self) -> bool:
        try:
            with socket.create_connection(self._address, timeout=1) as connection:
                connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                return connection.recv(64).split(b" ")[1:2] == [b"200"]
        except OSError:
            return False
