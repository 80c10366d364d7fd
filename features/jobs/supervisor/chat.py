"""The chat commands about jobs: `submit` (of plug-ins), `jobs`, `job`, `pause`, `resume`, `cancel`.

Owns who may use which, and the words of the answers.  Workers have checked the user already, but a
worker runs code of plug-ins: what it says is not believed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol

import msgspec

from meshvisor.features.jobs.messages.requests import JobRequest, JobResult
from meshvisor.features.jobs.model.job import OPEN, JobStatus
from meshvisor.features.jobs.supervisor import progress
from meshvisor.features.jobs.supervisor.ledger.job import Creator, UnknownJobError
from meshvisor.features.jobs.supervisor.ledger.operations import OPERATIONS
from meshvisor.features.jobs.supervisor.ledger.reading import Filter
from meshvisor.features.jobs.supervisor.service import JobService
from meshvisor.features.jobs.supervisor.why import in_chat
from meshvisor.shared.errors import MeshvisorError, UsageError
from meshvisor.shared.late import late
from meshvisor.shared.model.duration import parse_duration
from meshvisor.shared.model.realm import within
from meshvisor.shared.model.user_id import LONGEST_ANYWHERE
from meshvisor.supervisor.audit.log import Actor
from meshvisor.supervisor.room_words import UNPROVEN, for_room, public, reason

if TYPE_CHECKING:
    from meshvisor.features.jobs import results
else:
    results = late("meshvisor.features.jobs.results")

SHOWN: Final = 8
"""Jobs that `?jobs` lists; a chat is no terminal."""

LONGEST_NAME: Final = 64
"""Characters of a name that are kept, whatever a room says."""

LONGEST_USER_ID: Final = LONGEST_ANYWHERE + 1
"""Characters that are kept; so many no user id has, so that none is taken for another's."""

LONGEST_PLACE: Final = 1_024
"""Characters of the name of a place.  One that is longer cannot be cut, it would be another."""


class People(Protocol):
    """Who may do what."""

    def realm_of(self, mesh_id: str) -> str:
        """Return the realm in which the user ids of a mesh are valid."""
        ...

    def is_admin(self, user_id: str, mesh_id: str) -> bool:
        """Say whether a user of a mesh is an admin there."""
        ...

    def is_owner(self, user_id: str, mesh_id: str) -> bool:
        """Say whether a user of a mesh is an admin there whom the operator has appointed."""
        ...


class RefusedError(MeshvisorError):
    """A user may not do what they ask for; the message says so to them."""


class Ask(msgspec.Struct, frozen=True):
    """One use of a command."""

    mesh_id: str
    message: JobRequest
    realm: str
    """Where the user id is valid."""

    @property
    def user_id(self) -> str:
        """Who asks."""
        return self.message.user_id[:LONGEST_USER_ID]

    @property
    def name(self) -> str:
        """What people call them."""
        return self.message.user_name[:LONGEST_NAME] or self.user_id

    @property
    def actor(self) -> Actor:
        """Who asks, for the audit log."""
        who = within(self.realm, self.user_id)
        known_as = who if self.name == self.user_id else f"{who} ({self.name})"
        return Actor(known_as, self.mesh_id, who)

    @property
    def token(self) -> str | None:
        """The token under which items were staged; None: there are none."""
        staged = self.message.staged
        return staged[:LONGEST_NAME] if staged else None

    @property
    def owner(self) -> str:
        """Whose the items are that were brought: this user's in this room."""
        return f"room {self.mesh_id} {self.user_id}"

    @property
    def creator(self) -> Creator:
        """Who asks, and where, for a new job.

        Raises:
            UsageError: nothing could be said there later.
        """
        message = self.message
        if len(message.place or "") > LONGEST_PLACE:
            raise UsageError("the name of this place is too long for a job to report here")
        return Creator(
            self.user_id,
            self.name,
            "chat",
            message.message_id or None,
            message.place or ("" if message.is_direct else None),
            message.is_direct,
        )

    def job_id(self, *, most: int = 1) -> int:
        """Return the number that was written.

        Args:
            most: words that may have been written, it included.

        Raises:
            UsageError: none was.
        """
        command, prefix = self.message.command, self.message.prefix
        words = self.message.arguments
        digits = words[0].removeprefix("#") if words else ""
        if (
            not 1 <= len(words) <= most
            or not digits.isascii()
            or not digits.isdigit()
            or len(digits) > 15
        ):
            raise UsageError(f"Use: {prefix}{command} NUMBER, which {prefix}jobs shows")
        return int(digits)


class JobChat:
    """Answers what people ask for in rooms."""

    def __init__(self, service: JobService, people: People) -> None:
        self._service = service
        self._people = people
        self._answers: Mapping[str, Callable[[Ask], Awaitable[JobResult]]] = {
            "stage": self._stage,
            "submit": self._submit,
            "jobs": self._jobs,
            "job": self._job,
            "pause": self._pause,
            "resume": self._operate,
            "cancel": self._operate,
        }

    async def answer(self, mesh_id: str, message: JobRequest) -> JobResult:
        """Carry out one request and return what to say."""
        try:
            ask = Ask(mesh_id, message, self._people.realm_of(mesh_id))
            return await self._answers[message.command](ask)
        except UnknownJobError as error:
            text = f"There is no job {error.job_id}; {message.prefix}jobs shows those there are."
            return JobResult(ok=False, text=text)
        except MeshvisorError as error:
            return JobResult(ok=False, text=_sentence(for_room(error)))

    # ---- Private -----------------------------------------------------------------------------

    async def _stage(self, ask: Ask) -> JobResult:
        self._require_admin(ask, "start jobs")
        staged = await self._service.stage(ask.token or "", ask.message.arguments, ask.owner)
        return JobResult(ok=True, text="", count=staged.items)

    async def _submit(self, ask: Ask) -> JobResult:
        self._require_admin(ask, "start jobs")
        submission = ask.message.submission
        if submission is None:
            raise UsageError("nothing was submitted")
        items = self._service.staged(ask.token, ask.owner)
        placed = await self._service.place(ask.mesh_id, submission, ask.creator, items)
        if not placed.duplicate:
            await self._service.note(ask.actor, "jobs.submit", placed.job)
        return JobResult(
            ok=True,
            text=progress.accepted(placed.job, placed.position, placed.duplicate, placed.differs),
            job_id=placed.job.id,
            position=placed.position,
            duplicate=placed.duplicate,
            differs=placed.differs or None,
        )

    async def _jobs(self, ask: Ask) -> JobResult:
        is_public = not (ask.message.is_direct and self._is_admin(ask))
        wanted = Filter(tuple(sorted(OPEN)), mesh_id=ask.mesh_id, is_public=is_public)
        found = await self._service.list_jobs(wanted, SHOWN)
        if not found.jobs:
            return JobResult(ok=True, text="There are no open jobs here.")
        lines = [_line(job) for job in found.jobs]
        if found.more:
            lines.append("… and older ones.")
        return JobResult(ok=True, text="\n".join(lines))

    async def _job(self, ask: Ask) -> JobResult:
        job_id = ask.job_id()
        job = await self._service.show(job_id)
        if job.mesh_id != ask.mesh_id and not self._is_admin(ask):
            raise RefusedError(f"there is no job {job_id} here")
        if job.is_direct and not (ask.message.is_direct and self._may_know(ask, job)):
            raise RefusedError(f"job {job_id} was asked for in private, and is spoken of there")
        why = ""
        if job.status in OPEN and job.status is not JobStatus.ACTIVE:
            found = await self._service.why(job_id, in_chat(ask.message.prefix))
            why = f"\n{public(found.reasons[0]) or ''}".rstrip()
        return JobResult(ok=True, text=f"{_line(job)}{why}", job_id=job_id, position=job.position)

    async def _operate(self, ask: Ask) -> JobResult:
        command, job_id = ask.message.command, ask.job_id()
        job = await self._service.show(job_id)
        self._check_right(ask, job)
        outcome = await self._service.apply(command, job_id, OPERATIONS[command], ask.actor)
        text = f"Job {job_id} {outcome.text}"
        return JobResult(ok=outcome.ok, text=text, job_id=job_id)

    async def _pause(self, ask: Ask) -> JobResult:
        job_id = ask.job_id(most=2)
        until = None
        if len(ask.message.arguments) > 1:
            try:
                seconds = parse_duration(ask.message.arguments[1].removeprefix("+"))
                until = self._service.now() + timedelta(seconds=seconds)
            except (ValueError, OverflowError) as error:
                raise UsageError(str(error)) from None
        self._check_right(ask, await self._service.show(job_id))
        outcome = await self._service.apply(
            "pause", job_id, self._service.pausing(until), ask.actor
        )
        return JobResult(ok=outcome.ok, text=f"Job {job_id} {outcome.text}", job_id=job_id)

    def _may_know(self, ask: Ask, job: results.JobInfo) -> bool:
        return ask.message.authenticated and (self._is_creator(ask, job) or self._is_admin(ask))

    def _check_right(self, ask: Ask, job: results.JobInfo) -> None:
        if not ask.message.authenticated:
            raise RefusedError(UNPROVEN)
        is_creator = self._is_creator(ask, job)
        if job.status is JobStatus.INTERRUPTED and not job.ready:
            if not is_creator and not self._people.is_owner(ask.user_id, ask.mesh_id):
                who = job.created_name or job.created_by
                raise RefusedError(
                    f"only {who}, who has started job {job.job_id}, or an owner (an admin whom the "
                    "operator has made one) may decide this"
                )
        elif not is_creator:
            self._require_admin(ask, f"{ask.message.command} the jobs of others")

    def _require_admin(self, ask: Ask, what: str) -> None:
        if not ask.message.authenticated:
            raise RefusedError(UNPROVEN)
        if not self._is_admin(ask):
            raise RefusedError(f"only admins may {what}")

    def _is_admin(self, ask: Ask) -> bool:
        return ask.message.authenticated and self._people.is_admin(ask.user_id, ask.mesh_id)

    def _is_creator(self, ask: Ask, job: results.JobInfo) -> bool:
        if job.created_by != ask.user_id or job.origin == "command line":
            return False
        # The same id elsewhere may be another user's.
        return job.mesh_id == ask.mesh_id or self._people.realm_of(job.mesh_id) == ask.realm


def _line(job: results.JobInfo) -> str:
    counts = job.counts
    total = counts.pending + counts.done + counts.failed + counts.existing
    finished = total - counts.pending
    status = str(job.status)
    if job.pause_reason is not None and not job.ready:
        status += f" ({job.pause_reason.replace('_', ' ')})"
    elif job.ready and job.status is not JobStatus.QUEUED:
        status += ", waits for its turn"
    target = f" for {job.target}" if job.target else ""
    parts = [f"Job {job.job_id} {job.action}{target}: {status}"]
    if total:
        parts.append(f"{finished} of {total} ({100 * finished // total} %)")
    if counts.failed:
        parts.append(f"{counts.failed} failed")
    if job.position:
        parts.append(f"number {job.position} in lane {job.lane}")
    if job.error is not None:
        parts.append(reason(job.error))
    return ", ".join(parts)


def _sentence(text: str) -> str:
    text = text if text.endswith((".", "?", "!")) else f"{text}."
    return text if text.startswith("Use:") else text[:1].upper() + text[1:]
