"""Asking about the directory: the running supervisor, or the database itself when none runs.

Owns the choice.  Without a supervisor the lock of the home is held meanwhile, so that none starts
in between, and the very same code answers as in a supervisor.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from shared.errors import MeshvisorError, NotRunningError
from supervisor.cli.command import Invocation

if TYPE_CHECKING:
    from shared.paths import Home

TIMEOUT: Final = 60.0
"""Seconds for an answer; a database that does not answer has deadlines of its own before that."""


def ask(invocation: Invocation, kind: str, **arguments: Any) -> Any:
    """Return the result of a request, whether a supervisor runs or not.

    Raises:
        MeshvisorError: it cannot be done.
    """
    try:
        return invocation.request(kind, timeout=TIMEOUT, **arguments)
    except NotRunningError:
        return _without_supervisor(invocation.home, kind, arguments)


def _without_supervisor(home: Home, kind: str, arguments: dict[str, Any]) -> Any:
    from supervisor.control.parsing import parse

    request = parse(json.dumps({"id": 0, "type": kind, **arguments}).encode())
    with _locked(home):
        return asyncio.run(_carry_out(home, request))


@contextmanager
def _locked(home: Home) -> Iterator[None]:
    from supervisor.app import prepare_home
    from supervisor.lock import HomeLock

    prepare_home(home)
    with HomeLock(home):
        yield


async def _carry_out(home: Home, request: Any) -> Any:
    from shared.clock import SystemClock
    from shared.settings.load import load_settings
    from supervisor.administration.offline import OfflineApi
    from supervisor.administration.opening import open_directory
    from supervisor.audit.log import local_actor
    from supervisor.control.requests import carry_out_on_directory

    opened = open_directory(home, load_settings(home, os.environ), SystemClock())
    try:
        await opened.directory.start()
        if not opened.directory.reachable:
            # What was known last is good enough for a fleet, but not for somebody who changes it.
            raise MeshvisorError(opened.directory.problems[0])
        api = OfflineApi(opened, SystemClock())
        result = await carry_out_on_directory(request, api, local_actor(os.getuid()))
    finally:
        await opened.close()
    return result.model_dump(mode="json")
