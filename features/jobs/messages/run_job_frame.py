"""`run_job` without the model: written by hand, because very many may be handed out at once.

By way of the model a job takes 5 µs, which is a twelfth of all that it costs a supervisor, and by
this one 2 µs; one with 256 items 190 and 30 µs.  The JSON is the same, and a test holds it against
the model.  Data is left to the model: it knows what the other side can read.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from json.encoder import encode_basestring_ascii as quoted
from typing import Any, Final, NamedTuple, Protocol

from meshvisor.features.jobs.messages.to_runner import Item, RunJob
from meshvisor.shared.protocol.codec import Codec
from meshvisor.shared.protocol.frames import frame
from meshvisor.shared.protocol.messages import PROTOCOL_VERSION, next_id

NO_DATA: Final[Mapping[str, Any]] = {}

_FRAME: Final = (
    f'{{"type":"run_job","v":{PROTOCOL_VERSION},"id":%d,"mesh_id":%s,"lane":%s,"ts":%.6f,'
    '"job_id":%d,"run":%d,"attempt":%d,"action":%s,"created_by":%s,"created_at":%d,"total":%d,'
    '"items":[%s],"more":%s%s}'
)


class Handover(NamedTuple):
    """The fields of `RunJob` but for its data; see there."""

    mesh_id: str
    lane: str
    job_id: int
    run: int
    attempt: int
    action: str
    created_by: str
    created_at: int
    total: int
    items: Sequence[tuple[int, str]]
    """Position and key."""
    more: bool
    target: str | None = None
    rate_limit_ms: int | None = None


class Resumed(Protocol):
    """What a job that has run before may carry; see `RunJob`."""

    @property
    def one_by_one(self) -> int | None:
        """Through which position items are handed out one at a time."""
        ...

    @property
    def state(self) -> Any:
        """What the action has kept."""
        ...


def write_run_job(
    job: Handover, data: Mapping[str, Any] = NO_DATA, resumed: Resumed | None = None
) -> bytes:
    """Return the frame of a job.

    Raises:
        FrameTooLongError: its items and data do not fit.
        ValueError: its data is not what the other side could read.
    """
    if data or resumed is not None:
        return _by_the_model(job, data, resumed)
    items = [f'{{"position":{position},"key":{quoted(key)}}}' for position, key in job.items]
    return frame(
        (
            _FRAME
            % (
                next_id(),
                quoted(job.mesh_id),
                quoted(job.lane),
                time.time(),
                job.job_id,
                job.run,
                job.attempt,
                quoted(job.action),
                quoted(job.created_by),
                job.created_at,
                job.total,
                ",".join(items),
                "true" if job.more else "false",
                _seldom(job),
            )
        ).encode()
    )


def _seldom(job: Handover) -> str:
    target = "" if job.target is None else f',"target":{quoted(job.target)}'
    if job.rate_limit_ms is None:
        return target
    return f'{target},"rate_limit_ms":{job.rate_limit_ms}'


def _by_the_model(job: Handover, data: Mapping[str, Any], resumed: Resumed | None) -> bytes:
    fields = {
        **job._asdict(),
        "items": tuple(Item(position=position, key=key) for position, key in job.items),
        "data": data,
    }
    if resumed is not None:
        fields.update(one_by_one=resumed.one_by_one, state=resumed.state)
    return Codec.encode(RunJob(**fields))
