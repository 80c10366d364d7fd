"""Whether a job can be, before anything of it is written: one sentence about what is wrong.

Owns what a submission may say.  Asked by all that take one: the command line, chats, actions.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from meshvisor.features.jobs.messages.submission import Submission
from meshvisor.features.jobs.model.action import OPTIONS, ActionSpec, check_options
from meshvisor.features.jobs.model.data import check_data
from meshvisor.features.jobs.model.job import (
    DRY_RUN,
    MAX_KEY,
    NO_MESH,
    check_job_mesh,
    check_keys,
    check_lane,
    check_priority,
    check_target,
)
from meshvisor.features.jobs.supervisor.action_registry import ActionRegistry
from meshvisor.features.jobs.supervisor.ledger.job import Creator, NewJob
from meshvisor.features.jobs.wordings import NEEDS_MESH, NO_DRY_RUN, NO_ITEMS
from meshvisor.shared import inputs
from meshvisor.shared.control.unknown_mesh import NO_MESH as NO_SUCH_MESH
from meshvisor.shared.errors import UsageError
from meshvisor.shared.wording import Worded


def checked(
    submission: Submission,
    mesh_id: str,
    creator: Creator,
    actions: ActionRegistry,
    meshes: Collection[str] | None,
    staged: Sequence[str] = (),
) -> NewJob:
    """Return the job that is requested.

    Args:
        submission: what is wanted.
        mesh_id: where.
        creator: by whom.
        actions: what can be run.
        meshes: those there are; None: unknown, any may be.
        staged: items that were handed over before those of the submission.

    Raises:
        UsageError: it cannot be; nothing was written.
    """
    try:
        check_job_mesh(mesh_id)
        spec = actions.require(submission.action)
        _check_mesh(mesh_id, spec, meshes)
        items: tuple[str, ...] = ()
        if (submission.items or staged) and spec.items == "":
            raise UsageError(NO_ITEMS.said(action=spec.name))
        if submission.items is not None or staged:
            items = check_keys([*staged, *(submission.items or ())])
        priority = spec.priority if submission.priority is None else submission.priority
        options = _options(submission)
        spec = spec.with_options(options)
        return NewJob(
            action=spec.name,
            mesh_id=mesh_id,
            priority=check_priority(priority),
            lane=spec.lane if submission.lane is None else check_lane(submission.lane),
            rate_key=spec.rate_limit,
            data=_data(submission, spec),
            creator=creator,
            key=_checked_key(submission.key),
            items=items,
            target=None if submission.target is None else check_target(submission.target),
            deadline=_millis(spec.deadline),
            wait_timeout=_millis(spec.wait_timeout),
            options=_kept(options, spec),
        )
    except ValueError as error:
        raise UsageError(f"{error}.") from None


def data_problem(given: Mapping[str, Any], spec: ActionSpec) -> Worded | None:
    """Return what is wrong with the data of a job of an action; None: nothing, or it does not say
    what it takes.
    """
    if spec.inputs is None:
        return None
    wrong = inputs.unknown(spec.inputs, given, spec.name)
    return wrong or next(inputs.problems(spec.inputs, given, spec.name), None)


# Private


def _check_mesh(mesh_id: str, spec: ActionSpec, meshes: Collection[str] | None) -> None:
    if mesh_id == NO_MESH:
        if spec.needs_mesh:
            raise UsageError(NEEDS_MESH.said(action=spec.name))
    elif meshes is not None and mesh_id not in meshes:
        raise _no_mesh(mesh_id, meshes)


def _data(submission: Submission, spec: ActionSpec) -> Mapping[str, Any]:
    check_data(submission.data)
    data = submission.data if spec.inputs is None else _declared(submission.data, spec)
    if not submission.dry_run:
        return data
    if not spec.dry_run:
        raise UsageError(NO_DRY_RUN.said(action=spec.name))
    return {**data, DRY_RUN: True}


def _declared(given: Mapping[str, Any], spec: ActionSpec) -> Mapping[str, Any]:
    """Return the data with the defaults of what its action declares."""
    if (wrong := data_problem(given, spec)) is not None:
        raise UsageError(wrong)
    data = {**inputs.defaults(spec.inputs or {}), **given}
    check_data(data)
    return data


def _options(submission: Submission) -> dict[str, Any]:
    """Return what it says in place of its action."""
    given = {name: getattr(submission, name) for name in OPTIONS}
    check_options(given)
    return {name: value for name, value in given.items() if value is not None}


def _kept(options: Mapping[str, Any], spec: ActionSpec) -> dict[str, Any]:
    """Return what is kept with the job: also the deadline, which a retry begins anew."""
    return {**options, **({"deadline": spec.deadline} if spec.deadline is not None else {})}


def _millis(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)


def _checked_key(key: str | None) -> str | None:
    if key is None or (0 < len(key) <= MAX_KEY and key.isprintable()):
        return key
    raise ValueError(
        f"an idempotency key has 1 to {MAX_KEY} printable characters, and {key[:40]!r} has not"
    )


def _no_mesh(mesh_id: str, meshes: Collection[str]) -> UsageError:
    from meshvisor.shared.near_names import LISTED, LOOSE, NEAREST, did_you_mean, near_names

    near = near_names(mesh_id, meshes, NEAREST, LOOSE)
    hint = did_you_mean(near) or LISTED(command="meshvisor meshes list") + "."
    why = f"there is no mesh {mesh_id!r}"
    return UsageError(NO_SUCH_MESH.said(mesh_id=mesh_id, hint=hint), in_room=why)
