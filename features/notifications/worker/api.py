"""What notifications add to the API of plug-ins: telling people something.

    from meshvisor import JobContext, action, notify

    @action("draw")
    async def draw(job: JobContext) -> None:
        winner = ...
        await notify("You have won", user_id=winner, mesh_id=job.mesh_id, key=f"draw {job.id}")

It is on the disk when the call returns, and delivered afterwards.  In a plain function, which runs
in a thread, `notify_blocking` does the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, Literal

from meshvisor.shared.control.async_client import AsyncControlClient
from meshvisor.shared.control.client import ControlClient
from meshvisor.shared.errors import MeshvisorError
from meshvisor.worker.json_values import sendable

__all__ = ["NotifyError", "notify", "notify_blocking"]

SeverityName = Literal["info", "warning", "critical"]

_REQUEST: Final = "notify_send"

_ACTOR: Final = "program:plug-in"
"""Who sends notifications, in the audit log and as the source: not the user of all these
processes."""


class NotifyError(Exception):
    """The notification was not sent; the text is one sentence that says why."""


async def notify(  # noqa: PLR0913 - each stands for itself, and people write them by name
    title: str | None = None,
    *,
    text: str | None = None,
    severity: SeverityName = "info",
    user_id: str | None = None,
    mesh_id: str | None = None,
    key: str | None = None,
    channels: Iterable[str] = (),
    template: str | None = None,
    data: Mapping[str, Any] | None = None,
    urgent: bool | None = None,
) -> int:
    """Notify people of something; return the number of the notification.

    Args:
        title: one line.
        text: the details.
        severity: how bad it is.
        user_id: for whom it is; None: for no user in particular.
        mesh_id: the mesh that it is about, in whose chat a user is notified without another
            channel.
        key: what has the same key within the settings' window is counted and sent once, so that
            an action which is run again notifies no user twice.
        channels: where it goes; none: as the settings say.
        template: a template of the settings, in place of words.
        data: values for it.
        urgent: whether it is sent at once, and not with the next processing; None: if it is no
            info.

    Raises:
        NotifyError: it cannot be, or nothing can be written at present.
    """
    given = _fields(locals())
    try:
        # Every child works in the home.
        async with await AsyncControlClient.connect(Path.cwd()) as client:
            return _number(await client.request(_REQUEST, **given))
    except MeshvisorError as error:
        raise NotifyError(str(error)) from None


def notify_blocking(  # noqa: PLR0913 - as `notify`
    title: str | None = None,
    *,
    text: str | None = None,
    severity: SeverityName = "info",
    user_id: str | None = None,
    mesh_id: str | None = None,
    key: str | None = None,
    channels: Iterable[str] = (),
    template: str | None = None,
    data: Mapping[str, Any] | None = None,
    urgent: bool | None = None,
) -> int:
    """Do the same in a plain function, which runs in a thread."""
    given = _fields(locals())
    try:
        with ControlClient(Path.cwd()) as client:
            return _number(client.request(_REQUEST, **given))
    except MeshvisorError as error:
        raise NotifyError(str(error)) from None


# Private


def _fields(given: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of the request from the arguments of a call."""
    urgent, severity = given.pop("urgent"), given["severity"]
    fields = {name: value for name, value in given.items() if value is not None}
    fields["actor"] = _ACTOR
    fields["channels"] = list(given["channels"])
    fields["data"] = dict(given["data"] or {})
    fields["is_urgent"] = severity != "info" if urgent is None else urgent
    for name in ("title", "text"):
        if isinstance(fields.get(name), str):
            fields[name] = sendable(fields[name])
    return fields


def _number(result: Mapping[str, Any]) -> int:
    number: int = result["id"]
    return number
