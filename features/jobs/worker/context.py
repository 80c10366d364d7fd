"""What the function of an action is given.

Owns the way from an action to the supervisor.  Does not own the items (`items`) nor the run of the
job (`job_run`).  What has to be waited for can be awaited in a coroutine; in a thread the same call
has waited when it returns.
"""

from __future__ import annotations

import asyncio
import copy
import json
import logging
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeVar

from meshvisor.features.jobs.messages.from_runner import (
    AddItems,
    Checkpoint,
    EnqueueRequest,
    JobLog,
    JobMessage,
    StageItems,
)
from meshvisor.features.jobs.messages.requests import JobResult
from meshvisor.features.jobs.messages.submission import Submission
from meshvisor.features.jobs.messages.to_runner import RunJob
from meshvisor.features.jobs.model.job import DRY_RUN, MAX_STATE, check_keys
from meshvisor.features.jobs.worker import http
from meshvisor.features.jobs.worker.answers import Passing, PendingResult, in_loop
from meshvisor.features.jobs.worker.cancellation import cut
from meshvisor.features.jobs.worker.items import ItemIterator, Items
from meshvisor.features.jobs.worker.outbox import Outbox
from meshvisor.features.jobs.worker.submitting import SubmitError, in_pieces, new_token, submission
from meshvisor.features.jobs.worker.timings import Timings
from meshvisor.shared.protocol.channel import ChannelClosedError, RequestTimeoutError
from meshvisor.shared.protocol.frames import FrameTooLongError
from meshvisor.shared.protocol.messages import Error, Message
from meshvisor.worker.json_values import json_bytes, sendable

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")

KEYS_AT_A_TIME: Final = 800
"""Keys in one message.  The longest have `MAX_KEY` characters of four bytes; with so many of them
it fits a frame."""

UNCHANGED: Final = object()
"""No state is given: what was kept stays."""

REPORT_EVERY: Final = 5.0
"""Seconds between two messages about checkpoints, which an action may pass many thousand times."""

LEVELS: Final = frozenset({"debug", "info", "warning", "error"})

log = logging.getLogger("job")


class JobError(Exception):
    """The supervisor could not do what an action asked for; the text says why."""


class NotSaidError(JobError):
    """Nothing was said: the bot is not in the room."""


class JobContext:
    """One call of the action of a job; a run may have several.

    Attributes:
        id: its number.
        action: the name of the action.
        mesh_id: the mesh that it is for; `-`: none.
        lane: the lane that it runs in.
        data: what was submitted beside the items, as a dict of its own.
        state: what was given to `checkpoint` last, in this run or an earlier one; None: nothing.
        attempt: attempts so far, this one included.
        created_by: who wants it: a user's id, or an account on the supervisor's machine.
        target: to what, or on whose behalf, it is done; None: nothing in particular.
    """

    def __init__(
        self, job: RunJob, call: int, items: Items, outbox: Outbox, timings: Timings
    ) -> None:
        self.id = job.job_id
        self.action = job.action
        self.mesh_id = job.mesh_id or ""
        self.lane = job.lane or ""
        # Its own: another call of the action begins with what was submitted.
        self.data: dict[str, Any] = copy.deepcopy(dict(job.data)) if job.data else {}
        self.attempt = job.attempt
        self.created_by = job.created_by
        self.target = job.target
        unsaid = job.rate_limit_ms
        self._rate_limit_delay = http.UNSAID if unsaid is None else unsaid / 1000
        self.state: Any = None if items.state is None else copy.deepcopy(items.state)
        self._forgotten: set[PendingResult[Any]] = set()
        """What was asked for and has not been awaited."""
        self._call = call
        self._next_report = 0.0
        self._run = job.run
        self._items = items
        self._outbox = outbox
        self._timings = timings
        self._loop = asyncio.get_running_loop()
        self._http: httpx.AsyncClient | httpx.Client | None = None

    @property
    def dry_run(self) -> bool:
        """Whether it is to say what it would do, and to do nothing."""
        return self.data.get(DRY_RUN) is True

    @property
    def total(self) -> int:
        """Number of the job's items, with those that have an outcome already."""
        return self._items.total

    def items(self) -> ItemIterator:
        """Return the items that have no outcome yet.

        `async for item in job.items()` in a coroutine, `for item in job.items()` in a thread.  Each
        step is where the job can be stopped: the loop is then left by an exception that is no
        `Exception`, and `finally` runs.
        """
        return ItemIterator(self._items, self._call)

    def add_items(self, keys: Iterable[str]) -> PendingResult[int]:
        """Give the job more to do; await it for how many of the keys the job did not have yet.

        Args:
            keys: what may be the items of a submission; none at all is fine as well.

        Raises:
            JobError: one of them cannot be, such as a key with control characters, and nothing was
                added; or the supervisor refuses or does not answer, and those before are added.
        """
        self._items.check_rest()
        return self._ask_for("job.add_items", self._add(_checked(keys)))

    def checkpoint(self, state: Any = UNCHANGED) -> PendingResult[None] | Passing:
        """Let the job be stopped here, as between two items; await it.

        For long items, for what comes before the first one, and for jobs without items.  When the
        job has to make room, to pause, to be cancelled or to shut down, the action is left by an
        exception that is no `Exception`, and `finally` runs.  An item that is open then begins
        again later.  It also lets the event loop have a turn, so that it may be called often.

        Args:
            state: what the action finds as `job.state` when it is called again: JSON of up to
                64 KiB, on the disk when this returns.  None: nothing any more.

        Raises:
            ValueError: the state is no such JSON.
            JobError: the supervisor refuses or does not answer.
        """
        if state is UNCHANGED:
            self._items.check(self._call)
            self._report_checkpoint()
            return Passing(self._items, self._call, self._loop)
        try:
            data = json_bytes(state)
        except ValueError as error:
            raise ValueError(f"the state {error}") from None
        if len(data) > MAX_STATE:
            raise ValueError(f"the state has {len(data)} bytes; {MAX_STATE} are allowed")
        # Kept first, also where the job stops here: that is what it is for.
        return self._ask_for("job.checkpoint", self._keep(json.loads(data)))

    def log(self, text: str, level: str = "info") -> None:
        """Write a line into the job's history and the runner's log; callable in any thread.

        Raises:
            ValueError: there is no such level.
        """
        if level not in LEVELS:
            raise ValueError(f"{level!r} is no level; there are {', '.join(sorted(LEVELS))}")
        self._items.check_rest()
        log.log(logging.getLevelNamesMapping()[level.upper()], "Job %d: %s", self.id, text)
        message = JobLog(lane=self.lane, job_id=self.id, run=self._run, level=level, text=cut(text))
        self._tell(message)

    def say(self, text: str, mesh_id: str | None = None) -> PendingResult[None]:
        """Say something in a mesh; await it.

        Args:
            text: what.
            mesh_id: where; None: in the job's mesh.

        Raises:
            NotSaidError: the bot is not in that room.
        """
        self._items.check_rest()
        return self._ask_for("job.say", self._say(text, mesh_id))

    def submit(  # noqa: PLR0913 - each stands for itself, and people write them by name
        self,
        action: str,
        items: Iterable[str] | None = None,
        *,
        data: Mapping[str, Any] | None = None,
        priority: int | str | None = None,
        lane: str | None = None,
        key: str | None = None,
        mesh_id: str | None = None,
        target: str | None = None,
        **options: float | None,
    ) -> PendingResult[int]:
        """Enqueue another job; await it for its number.

        Args:
            action: what it does.
            items: keys; None: it has no items.
            data: handed to the action.
            priority: 1 to 5, or its name; None: the action's.
            lane: None: the action's.
            key: idempotency key: a second job with it is the first one.
            mesh_id: where; None: in this job's mesh.
            target: to what, or on whose behalf, it is done; None: as this job.
            options: `retries`, `retry_delay`, `rate_limit_delay`, `wait_timeout` and `deadline`;
                each that is left out, or None: the action's.

        Raises:
            SubmitError: there is no new job; the text says why.
        """
        self._items.check_rest()
        target = self.target if target is None else target
        wanted = submission(
            action,
            items,
            data=data,
            priority=priority,
            lane=lane,
            key=key,
            target=target,
            **options,
        )
        return self._ask_for("job.submit", self._submit(mesh_id or self.mesh_id, wanted))

    @property
    def http(self) -> Any:
        """An httpx client (asynchronous in a coroutine) that turns 429 into `RateLimited`.

        Closed when the run ends.
        """
        if self._http is None:
            make = http.async_client if in_loop(self._loop) else http.client
            self._http = make(self._rate_limit_delay)
        return self._http

    @property
    def has_opened(self) -> bool:
        """Whether there is something for `close` to do."""
        return self._http is not None

    async def close(self) -> None:
        """Let go of what the run has opened."""
        client, self._http = self._http, None
        if client is None:
            return
        if hasattr(client, "aclose"):
            await client.aclose()
        else:
            client.close()

    async def settle(self) -> None:
        """Finish what the action has asked for without awaiting it, and say so in the history.

        Raises:
            JobError, SubmitError: the first of them was refused; it would go unnoticed otherwise.
        """
        if not self._forgotten:
            return
        forgotten = sorted(self._forgotten, key=lambda answer: answer.name)
        self._forgotten.clear()
        for name in dict.fromkeys(answer.name for answer in forgotten):
            self.log(f"{name} was called without await; it is done all the same", "warning")
        results = await asyncio.gather(*forgotten, return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result

    def abandon(self) -> None:
        """Ask for what was not awaited, before the end of an action that does not return."""
        for answer in self._forgotten:
            answer.begin()
        self._forgotten.clear()

    # ---- Private ---------------------------------------------------------------------------

    def _ask_for(self, name: str, work: Coroutine[Any, Any, T]) -> PendingResult[T]:
        return PendingResult(name, work, self._loop, self._forgotten)

    async def _add(self, keys: tuple[str, ...]) -> int:
        added = 0
        for first in range(0, len(keys), KEYS_AT_A_TIME):
            some = keys[first : first + KEYS_AT_A_TIME]
            asked = AddItems(lane=self.lane, job_id=self.id, run=self._run, keys=some)
            try:
                answer = await self._answer(asked, JobError)
            except BaseException:
                # Also when it was cancelled while it waited: the outcome is unknown, and asking
                # costs little.
                self._items.expect_more()
                raise
            count = _granted(answer, JobError).count or 0
            if count:
                # At once: what follows may be refused, and these are in the job.
                self._items.expect_more()
                self._items.total += count
                added += count
        return added

    def _report_checkpoint(self) -> None:
        """Say from time to time that the job gets on, and that it can stop."""
        now = time.monotonic()
        if now < self._next_report:
            return
        self._next_report = now + REPORT_EVERY
        self._tell(Checkpoint(lane=self.lane, job_id=self.id, run=self._run))

    async def _keep(self, state: Any) -> None:
        message = Checkpoint(lane=self.lane, job_id=self.id, run=self._run, keeps=True, state=state)
        await self._ask(message, JobError)
        self.state = self._items.state = state
        await self._items.pass_by(self._call)

    def _tell(self, message: Message) -> None:
        """Send what is not answered; callable in any thread."""
        if in_loop(self._loop):
            self._outbox.say(message)
        else:
            self._loop.call_soon_threadsafe(self._outbox.say, message)

    async def _say(self, text: str, mesh_id: str | None) -> None:
        message = JobMessage(
            lane=self.lane,
            mesh_id=mesh_id or self.mesh_id,
            job_id=self.id,
            run=self._run,
            text=sendable(text),
        )
        await self._ask(message, NotSaidError)

    async def _submit(self, mesh_id: str, wanted: Submission) -> int:
        wanted, pieces = in_pieces(wanted)
        about: dict[str, Any] = {"lane": self.lane, "job_id": self.id, "run": self._run}
        token = new_token()
        for keys in pieces:
            await self._ask(StageItems(**about, token=token, keys=keys), SubmitError)
        staged = token if pieces else None
        message = EnqueueRequest(**about, mesh_id=mesh_id, submission=wanted, staged=staged)
        result = await self._ask(message, SubmitError)
        return result.job_id or 0

    async def _ask(self, message: Message, refused: Callable[[str], Exception]) -> JobResult:
        return _granted(await self._answer(message, refused), refused)

    async def _answer(self, message: Message, refused: Callable[[str], Exception]) -> Any:
        try:
            return await self._outbox.request(message, self._timings.answer)
        except RequestTimeoutError:
            raise refused("the supervisor does not answer; it may still do it") from None
        except ChannelClosedError:
            raise refused("the supervisor is gone") from None
        except FrameTooLongError:
            raise refused("this is too much for one message") from None


def _granted(answer: Any, refused: Callable[[str], Exception]) -> JobResult:
    if isinstance(answer, JobResult) and answer.ok:
        return answer
    raise refused(answer.error if isinstance(answer, Error) else answer.text)


def _checked(keys: Iterable[str]) -> tuple[str, ...]:
    """Return item keys as they can be sent, each once; all are judged before any of them is sent.

    Only keys that are too many by themselves are too many here: which of them the job has already,
    as one that adds all of them in each of its runs has, is known to the supervisor alone.
    """
    if isinstance(keys, str):
        raise JobError(f"the items are one text, {keys[:40]!r}; write a list of them")
    wanted = tuple(map(_sendable_key, keys))
    try:
        return check_keys(wanted) if wanted else ()
    except ValueError as error:
        raise JobError(str(error)) from None


def _sendable_key(key: object) -> str:
    if not isinstance(key, str):
        raise JobError(f"an item is {key!r:.40}, which is no text; write each as a str")
    # The usual case is decided first: half a character is not printable.
    return key if key.isprintable() else sendable(key)
