"""What others have made, installed from the package registry into an environment of its own, by its lock."""

import hashlib
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from script.benches.verify_proof import expect
from script.benches.verify_servers import Running, clean
from tests.server.house import free_port

PEERS = Path(__file__).with_name("peers")
LOCK = PEERS / "requirements.txt"
SCHEMES = {"drf": "Api-Key", "knox": "Token"}
REFUSED = {401, 403}


def program(kept: Path, name: str) -> Path:
    """Return the path of a program of the peers' environment, which is made where it is not there or is another's."""
    venv = kept / "peers-venv"
    stamp, wanted = venv / "lock.sha256", hashlib.sha256(LOCK.read_bytes() + sys.version.encode()).hexdigest()
    if not stamp.exists() or stamp.read_text() != wanted:
        print("… installing the peers", file=sys.stderr, flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(venv)], check=True)  # noqa: S603
        pip = [str(venv / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--require-hashes", "-r", str(LOCK)], check=True)  # noqa: S603
        stamp.write_text(wanted)
    return venv / "bin" / name


@dataclass(frozen=True)
class PeerStore:
    """A peer's database, and the tokens of the keys in it; the last one is refused."""

    peer: str
    settings: dict[str, str]
    tokens: list[str]
    revoked: str


def peer_store(kept: Path, run: Path, peer: str, keys: int) -> PeerStore:
    """Return a copy, in the folder `run`, of the peer's database with that many keys."""
    database, tokens = kept / f"{peer}-{keys}.db", kept / f"{peer}-{keys}.tokens"
    if not tokens.exists():
        print(f"… making {keys:,} keys of {peer}", file=sys.stderr, flush=True)
        database.unlink(missing_ok=True)
        fill = [str(program(kept, "python")), "-P", str(PEERS / "peer_fill.py"), str(keys), str(tokens)]
        subprocess.run(fill, env=_settings(peer, database), check=True)  # noqa: S603
    copy = run / database.name
    if not copy.exists():
        shutil.copy(database, copy)
    *living, revoked = tokens.read_text().split()
    return PeerStore(peer, _settings(peer, copy), living, revoked)


def _settings(peer: str, database: Path) -> dict[str, str]:
    return clean() | {"PEER": peer, "PEER_DATABASE": str(database), "PYTHONPATH": str(PEERS)}


def on_gunicorn(kept: Path, logs: Path, store: PeerStore) -> Running:
    """Serve a peer as gunicorn and Django document it: one worker, of the kind that gunicorn has by default."""
    port = free_port()
    start = [str(program(kept, "gunicorn")), "--bind", f"127.0.0.1:{port}", "--workers", "1", "--log-level", "error"]
    return Running([*start, "peer_site:application"], port, logs, store.settings)


def on_granian(kept: Path, logs: Path, store: PeerStore) -> Running:
    """Serve a peer on the very server that the portal has, with one worker of one thread."""
    port = free_port()
    start = [str(program(kept, "granian")), "--interface", "wsgi", "--http", "1", "--no-ws", "--host", "127.0.0.1"]
    start += ["--port", str(port), "--workers", "1", "--blocking-threads", "1", "--log-level", "error"]
    return Running([*start, "peer_site:application"], port, logs, store.settings)


def prove(url: str, store: PeerStore) -> None:
    """Raise Failed unless a good key passes and an altered, a revoked and a missing one do not."""
    scheme, token = SCHEMES[store.peer], store.tokens[0]
    wrong = token[:-4] + "".join("0" if letter != "0" else "1" for letter in token[-4:])
    expect(url, {"Authorization": f"{scheme} {token}"}, {200}, "a good key")
    expect(url, {"Authorization": f"{scheme} {store.tokens[-1]}"}, {200}, "a good key")
    expect(url, {"Authorization": f"{scheme} {wrong}"}, REFUSED, "an altered key")
    expect(url, {"Authorization": f"{scheme} {store.revoked}"}, REFUSED, "a revoked key")
    expect(url, {}, REFUSED, "no key")
