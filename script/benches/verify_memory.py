"""What the lane holds in memory, at a million keys, when it has been asked with very many of them."""

import random

from script.benches import verify_requests
from script.benches.verify_entries import Opened, Scene, warm
from script.benches.verify_figures import FIGURES, Measured
from script.benches.verify_processes import resident_mb, wait_until_idle
from script.benches.verify_rounds import spread
from script.benches.verify_servers import Portal

ASKED = 1_000_000


def measure(scene: Scene) -> Measured:
    """Return the resident memory of the process that answers; what watches it is told beside."""
    store = scene.store("default", scene.many)
    asked = min(ASKED, scene.many)
    server = Portal(store.folder, scene.run, store.settings)
    scene.closing(server)
    before, _ = resident_mb(server.lane_pid)
    tokens = random.sample(store.tokens, asked)
    requests = verify_requests.write(scene.run / "memory.requests", tokens, store.rules)
    warm(Opened(server, requests, store), asked, patience=300, at_a_time=20)
    wait_until_idle(*server.pids, spools=server.spools)
    resident, shared_out = resident_mb(server.lane_pid)
    parent = sum(resident_mb(pid)[0] for pid in server.lane_pids if pid != server.lane_pid)
    storer = sum(resident_mb(pid)[0] for pid in server.pids_of("store_usage"))
    note = (
        f"RSS, after {asked:,} different keys of {scene.many:,}; {before:.0f} before them; "
        f"PSS {shared_out:.0f}; its parent has {parent:.0f}, the storer of usage {storer:.0f}"
    )
    return Measured(FIGURES["memory"], spread([resident]), note)
