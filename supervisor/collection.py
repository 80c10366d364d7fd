"""Garbage collection around the start of a supervisor.

Nearly all that is made while hundreds of modules are loaded stays for good.  The collector would
look through it again and again and find nothing, for a seventh of the processor time of a start.
Called by `supervisor.app` and, when all services have been started, by `supervisor.service`.
"""

from __future__ import annotations

import gc


def pause() -> None:
    """Collect nothing until `resume`."""
    gc.disable()


def resume() -> None:
    """Collect again, but only among what is made from now on; idempotent.

    What is there stays, so no later collection has to look through it either.
    """
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
