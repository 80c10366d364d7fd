"""Where the harness's own files lie; everything else goes to temporary folders."""

from __future__ import annotations

from pathlib import Path
from typing import Final

BENCHMARKS: Final = Path(__file__).resolve().parent
TABLE_NAME: Final = "RESULTS.md"
DATA_NAME: Final = "results.json"
SAMPLES_NAME: Final = "samples.json"
"""Every value that a run has measured; git ignores it."""
UNFINISHED: Final = BENCHMARKS / "var"
"""The rows so far, rewritten after each, so that an interrupted run is not lost."""
REMARKS: Final = BENCHMARKS / "REMARKS.md"
"""What a person has to say about missed targets; becomes part of the table's page."""

NODE_PEERS: Final = BENCHMARKS / "peers"
NODE_WORKER: Final = NODE_PEERS / "worker.cjs"
NODE_MONGODB_WORKER: Final = NODE_PEERS / "worker_mongodb.cjs"
FORK_PARENT: Final = NODE_PEERS / "fork_parent.cjs"
PM2: Final = NODE_PEERS / "node_modules" / ".bin" / "pm2"

PYTHON_PEERS: Final = BENCHMARKS / "requirements.txt"
PYTHON_PEERS_VENV: Final = BENCHMARKS / ".venv"

ROOM_SERVER: Final = BENCHMARKS / "server" / "room_server.cjs"
CHAT_DRIVER: Final = BENCHMARKS / "server" / "chat_driver.cjs"
WATCH_PLUGIN: Final = BENCHMARKS / "watch_access.py"


def peer_program(name: str) -> Path:
    """Return a console script of the Python peers' own virtual environment."""
    return PYTHON_PEERS_VENV / "bin" / name
