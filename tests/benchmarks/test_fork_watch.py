from __future__ import annotations

import os
import subprocess
import threading

from benchmarks.fork_watch import ForkWatch


def test_births_of_children_are_seen() -> None:
    """A new child of a watched process is noted once; threads use up PIDs too and do not count."""
    watch = ForkWatch([os.getpid()])
    thread = threading.Thread(target=lambda: None)
    thread.start()
    with subprocess.Popen(["sleep", "60"]) as child:
        watch.look()
        seen = dict(watch.births)
        watch.look()
        child.kill()
    thread.join()
    assert list(seen) == [child.pid]
    assert watch.births == seen


def test_children_of_others_do_not_count() -> None:
    """Processes of another parent are not mistaken for a successor."""
    watch = ForkWatch([1])
    with subprocess.Popen(["sleep", "60"]) as child:
        watch.look()
        child.kill()
    assert child.pid not in watch.births
