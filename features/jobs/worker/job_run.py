"""One run of a job: from `run_job` to what is said about its end.

Owns the task of the action, its deadlines, and what each way to end means.  Does not own the items
(`items`), nor the process (`runner`), which ends when code cannot be stopped in any other way.

    the action returns ......................... job_finished
    it raises .................................. job_finished with an error; the log has more
    it raises RateLimited ...................... job_rate_limited
    it was asked to stop, and does ............. job_stopped
    an item takes too long ..................... the item is failed, the action is called again
    the attempt takes too long ................. job_finished with an error
    it does not end although it was cancelled .. the same, and the runner ends
"""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import itertools
import sys
import traceback
from collections.abc import Callable, Collection, Iterator
from typing import Any, Final, Literal

from meshvisor.features.jobs.messages.from_runner import (
    JobFinished,
    JobLog,
    JobRateLimited,
    JobStarted,
    JobStopped,
)
from meshvisor.features.jobs.messages.to_runner import MoreItems, RunJob, StopJob, StopReason
from meshvisor.features.jobs.model.job import TRACEBACK
from meshvisor.features.jobs.worker.actions import ACTIONS, Action
from meshvisor.features.jobs.worker.cancellation import (
    ActionCancelled,
    GiveUp,
    RateLimited,
    cut,
    leaves,
    rate_limit,
    sentence,
    traceback_of,
)
from meshvisor.features.jobs.worker.context import JobContext
from meshvisor.features.jobs.worker.items import Items
from meshvisor.features.jobs.worker.marker import Marker
from meshvisor.features.jobs.worker.outbox import Outbox
from meshvisor.features.jobs.worker.timings import Timings
from meshvisor.shared.model.exits import ChildExit
from meshvisor.worker.copies import only_the_original
from meshvisor.worker.logs.bound import bound_log
from meshvisor.worker.threads import SHARE, THREADS, Call, Share

log = bound_log(__name__)

SHORT: Final = 0.01
"""Seconds after which a job that runs is said to have started."""

EXPECTED: Final = (ActionCancelled, asyncio.CancelledError, GeneratorExit)
"""What travels through an action that is ended."""

Cause = Literal["item", "timeout", "stop"]
"""Why an action was cancelled."""

Task = asyncio.Task[Any]


class JobRun:
    """A job that this runner has.

    Args:
        job: what the supervisor wants.
        outbox: what is said about it.
        timings: how long to wait for what.
        marker: see `Items`.
        ended: called when all has been said.
        lost: called when the process has to end, with its exit code: the action cannot be stopped,
            or there is no memory left.
    """

    def __init__(
        self,
        job: RunJob,
        outbox: Outbox,
        timings: Timings,
        marker: Marker,
        ended: Callable[[JobRun], None],
        lost: Callable[[ChildExit], None],
    ) -> None:
        self.job = job
        self._outbox = outbox
        self._timings = timings
        self._ended = ended
        self._lost = lost
        self._loop = asyncio.get_running_loop()
        self._items = Items(job, outbox, timings, marker, self._batch_done)
        self._contexts: list[JobContext] = []
        """One for each call of the action."""
        self._action = ACTIONS.find(job.action)
        self._task: asyncio.Task[None] | None = None
        self._call_in_thread: Call | None = None
        self._share = Share()
        self._cause: Cause | None = None
        self._stop: StopReason | None = None
        self._notes: list[str] = []
        """What is added to the job's history with the stop."""
        self._over = False
        self._timers: dict[int, asyncio.TimerHandle] = {}
        self._timer = itertools.count()

    @property
    def key(self) -> tuple[int, int]:
        """The id of the job and the number of this run."""
        return self.job.job_id, self.job.run

    @property
    def has_opened(self) -> bool:
        """Whether there is something for `close` to do."""
        return any(context.has_opened for context in self._contexts)

    @property
    def _has_thread(self) -> bool:
        """Whether the action runs in a thread, which cannot be cancelled."""
        return self._call_in_thread is not None and self._call_in_thread.thread is not None

    # ---- What the runner does ----------------------------------------------------------------

    def start(self) -> None:
        """Begin; returns at once."""
        job = self.job
        if self._action is None:
            self._finish(cut(f"this runner has no action {job.action}"), final=True)
            return
        spec = self._action.spec
        if spec.timeout is not None:
            text = f"took longer than {spec.timeout:g} s"
            self._later(spec.timeout, lambda: self._give_up("timeout", text))
        self._later(SHORT, self._is_not_short)
        self._call(self._action)

    def feed(self, message: MoreItems) -> None:
        """Take further items."""
        self._items.feed(message)

    def stop(self, message: StopJob) -> None:
        """Stop at the next item; give up the present one after a deadline."""
        self._stop = message.reason
        self._items.stop()
        self._later(message.deadline, lambda: self._stop_is_overdue(message))

    def fail(self, error: Exception) -> None:
        """End it, because of a mistake that is not its action's; what was done is said."""
        self.cancel()
        self._finish(sentence(error))

    def cancel(self) -> None:
        """Drop it: the supervisor is gone."""
        self._over = True
        self._drop_timers()
        # A thread cannot be cancelled; where the process goes on without this runner, it must not.
        self._items.stop()
        if self._task is not None:
            self._task.cancel()

    # ---- The action --------------------------------------------------------------------------

    def _call(self, action: Action) -> None:
        self._cause = None
        call = self._items.begin()
        if self._stop is not None:
            self._items.stop()
        context = JobContext(self.job, call, self._items, self._outbox, self._timings)
        self._contexts = [one for one in self._contexts if one.has_opened]
        self._contexts.append(context)
        name = f"job {self.job.job_id}"
        self._task = self._loop.create_task(self._do(action, context), name=name)
        self._task.add_done_callback(self._returned)

    async def _do(self, action: Action, context: JobContext) -> None:
        """Do it; what would end the whole loop is an error like any other.

        The function is called in here: what the call itself raises is an error of the action, too.
        """
        try:
            SHARE.set(self._share)
            with only_the_original():
                if action.asynchronous:
                    work: Any = action.function(context)
                else:
                    work = self._in_thread(action, context)
                try:
                    await work
                except BaseException:
                    context.abandon()
                    raise
                await context.settle()
        except (SystemExit, KeyboardInterrupt) as error:
            raise RuntimeError(f"the action wants to end its process: {error!r}") from error

    async def _in_thread(self, action: Action, job: JobContext) -> None:
        """Run the action in a thread of its own: those of a pool would be kept by slow ones."""
        context = contextvars.copy_context()

        def run() -> None:
            result: Any = context.run(action.function, job)
            if inspect.iscoroutine(result):
                result.close()
                raise TypeError("the action is no coroutine function and returned a coroutine")

        self._call_in_thread = THREADS.call(run, f"job {self.job.job_id}")
        await self._call_in_thread.future

    def _returned(self, task: asyncio.Task[None]) -> None:
        try:
            self._conclude(task)
        except MemoryError:
            # Each job of this runner may be the one that has taken it.
            self._flush()
            self._lost(ChildExit.OUT_OF_MEMORY)
        except Exception as error:
            # Whatever it is about, a job that does not end would be active for ever.
            log.exception("The end of job %d", self.job.job_id, event="job_failed")
            self._finish(sentence(error))

    def _conclude(self, task: asyncio.Task[None]) -> None:
        """Say what the end of the action means."""
        error = asyncio.CancelledError() if task.cancelled() else task.exception()
        if self._over:
            self._say_what_it_raised(error)
            return
        left = self._was_left(error)
        if left:
            self._say_what_it_raised(error)
        if self._cause == "item" and left:
            self._begin_anew()
        elif self._cause == "timeout" and left:
            assert self._action is not None
            self._finish(f"took longer than {self._action.spec.timeout:g} s")
        elif self._stop is not None and left:
            self._stopped()
        elif self._is_cut and (error is None or left):
            self._begin_anew()
        elif error is None:
            self._finish(None)
        else:
            self._failed(error)

    def _say_what_it_raised(self, error: BaseException | None) -> None:
        """Keep what an action raised of its own while it was being ended, which changes nothing."""
        if error is None:
            return
        own = [leaf for leaf in leaves(error) if not isinstance(leaf, EXPECTED)]
        if any(isinstance(leaf, MemoryError) for leaf in own):
            raise MemoryError from error
        if own:
            job_id = self.job.job_id
            log.error(
                "Job %d raised this while it was ended", job_id, exc_info=error, event="job_raised"
            )
            self._note(f"while it was ended it raised {sentence(error)}")

    def _was_left(self, error: BaseException | None) -> bool:
        """Return whether the action ended because it had to, whatever it has made of that."""
        if self._items.unwound or isinstance(error, asyncio.CancelledError):
            return True
        if self._cause is None:
            return False
        if error is None:
            return self._cause == "item" or bool(self._items.open)
        meant = GiveUp | RateLimited | MemoryError
        return not any(isinstance(leaf, meant) for leaf in leaves(error))

    @property
    def _is_cut(self) -> bool:
        """Whether the action has done the only item that this call was given of several."""
        return self._items.cut and not self._items.open

    def _batch_done(self) -> None:
        """Leave a call of the action that has done all that it was given, but not all there is.

        Not before the next turn: what says the outcome may well be the last thing that it does.
        """
        self._items.stop()
        if self._task is not None and not self._has_thread:
            self._loop.call_soon(self._task.cancel)

    def _begin_anew(self) -> None:
        """Call the action once more for the items that are left."""
        self._items.hand_back()
        if self._stop is not None:
            self._stopped()
            return
        assert self._action is not None
        self._call(self._action)

    # ---- Deadlines ---------------------------------------------------------------------------

    def _is_not_short(self) -> None:
        """Say that it runs: of very many that are over at once, only the end is worth a message."""
        job = self.job
        self._outbox.say(JobStarted(lane=job.lane, job_id=job.job_id, run=job.run))
        # Also where there are no items yet: the action may add some.
        self._look_at_items()

    def _look_at_items(self) -> None:
        """Give up items that take too long, and look again when the next one could."""
        assert self._action is not None
        timeout = self._action.spec.item_timeout
        late = self._items.late(timeout)
        tasks = self._items.tasks()
        for item in late:
            self._items.fail(item, f"took longer than {timeout:g} s")
        if late:
            self._give_up("item", f"an item took longer than {timeout:g} s", tasks)
        soon = min(timeout, 0.05)
        self._later(max(self._items.next_late(timeout), soon), self._look_at_items)

    def _give_up(self, cause: Cause, text: str, others: Collection[Task] = ()) -> None:
        """Cancel the action, and end the whole runner when that is of no use.

        Args:
            cause: why.
            text: the same in words.
            others: tasks that the action has begun and that work on items; it may have left them
                to themselves, and they would work on beside its next call.
        """
        if self._over:
            return
        if cause != "item" or self._cause is None:
            # An attempt that has taken too long does not begin anew because of an item.
            self._cause = cause
        # A thread cannot be cancelled, and a coroutine may swallow it: the next step is the last.
        self._items.stop()
        tasks: set[Task] = set(others)
        if self._task is not None:
            tasks.add(self._task)
        if not self._has_thread:
            for task in tasks:
                task.cancel()
        self._later(self._timings.grace, lambda: self._is_stuck(tasks, cause, text))

    def _stop_is_overdue(self, message: StopJob) -> None:
        text = f"it has come to no item and no checkpoint within {message.deadline:g} s"
        self._note(f"{text} ({message.reason}); what it was at is cut off")
        self._give_up("stop", "it did not stop in time", self._items.tasks())

    def _is_stuck(self, tasks: Collection[Task], cause: Cause, text: str) -> None:
        going_on = [task for task in tasks if not task.done()]
        if not going_on:
            return
        log.error(
            "Job %d cannot be stopped (%s): its runner ends\n%s",
            self.job.job_id,
            text,
            "".join(map(self._where, going_on)),
            event="job_stuck",
        )
        if cause == "timeout":
            self._finish(text)
        self._flush()
        self._lost(ChildExit.STUCK)

    def _where(self, task: Task) -> str:
        """Return where the code stands that does not end."""
        thread = self._call_in_thread.thread if self._call_in_thread is not None else None
        if task is self._task and thread is not None and thread.ident is not None:
            frame = sys._current_frames().get(thread.ident)  # noqa: SLF001 - its only name
            if frame is not None:
                return "".join(traceback.format_stack(frame))
        return "".join(_lines(task.get_coro()))

    def _later(self, seconds: float, act: Callable[[], object]) -> None:
        number = next(self._timer)
        self._timers[number] = self._loop.call_later(seconds, self._is_due, number, act)

    def _is_due(self, number: int, act: Callable[[], object]) -> None:
        del self._timers[number]
        act()

    def _drop_timers(self) -> None:
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    # ---- The end -----------------------------------------------------------------------------

    def _failed(self, error: BaseException) -> None:
        if any(isinstance(leaf, MemoryError) for leaf in leaves(error)):
            raise MemoryError from error
        job = self.job
        limit = rate_limit(error)
        if limit is not None:
            self._flush()
            self._outbox.say(
                JobRateLimited(
                    lane=job.lane,
                    job_id=job.job_id,
                    run=job.run,
                    key=limit.key,
                    resume_after=limit.retry_after,
                )
            )
            self._end()
            return
        text = sentence(error)
        if isinstance(error, GiveUp):
            log.warning("Job %d gives up: %s", job.job_id, text, event="job_failed")
            self._finish(text, final=True)
            return
        log.error("Job %d failed", job.job_id, exc_info=error, event="job_failed")
        self._flush()
        where = traceback.extract_tb(error.__traceback__)
        if where:
            last = where[-1]
            self._log("error", f"{text} ({last.filename}:{last.lineno}, in {last.name})")
            self._log(TRACEBACK, traceback_of(error))
        self._finish(text)

    def _note(self, text: str) -> None:
        """Have a line written into the job's history: together with its stop, where it stops."""
        if self._stop is not None:
            self._notes.append(cut(text))
        elif not self._over:
            self._log("warning", text)

    def _log(self, level: str, text: str) -> None:
        """Write a line into the job's history."""
        text = text if level == TRACEBACK else cut(text)
        job = self.job
        self._outbox.say(
            JobLog(lane=job.lane, job_id=job.job_id, run=job.run, level=level, text=text)
        )

    def _stopped(self) -> None:
        job = self.job
        assert self._stop is not None
        self._flush()
        self._outbox.say(
            JobStopped(
                lane=job.lane,
                job_id=job.job_id,
                run=job.run,
                reason=self._stop,
                notes=tuple(self._notes) or None,
            )
        )
        self._end()

    def _finish(self, error: str | None, *, final: bool = False) -> None:
        job = self.job
        self._flush()
        self._outbox.say(
            JobFinished(lane=job.lane, job_id=job.job_id, run=job.run, error=error, final=final)
        )
        self._end()

    def _flush(self) -> None:
        """Say what became of items, before anything is said that makes it late."""
        with self._outbox.lock:
            frames = self._items.take_frames()
            if frames:
                self._outbox.put(frames)

    def _end(self) -> None:
        self._over = True
        self._drop_timers()
        self._items.let_go()
        # What the action has left behind gets nothing any more.
        self._items.stop()
        self._ended(self)

    async def close(self) -> None:
        """Let go of what the run has opened."""
        for context in self._contexts:
            await context.close()


def _lines(work: Any) -> Iterator[str]:
    """Yield where each of the coroutines that wait for each other stands, the outermost first.

    `Task.get_stack` knows the outermost one only, which is ours.
    """
    while (frame := getattr(work, "cr_frame", None)) is not None:
        yield from traceback.format_stack(frame, 1)
        work = work.cr_await
