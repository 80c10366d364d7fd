"""One runner: the supervisor's messages, and their handling.

Owns the runs of jobs, the messages to the runner, and how they end.  Does not own what every child
has (`worker.child.child`).  Made by `features.jobs.worker.main`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterator
from typing import Any, Final

from meshvisor.features.jobs.messages.from_runner import JobFinished, RunnerReady, RunnerStatus
from meshvisor.features.jobs.messages.to_runner import MoreItems, RunJob, StopJob
from meshvisor.features.jobs.worker.actions import ACTIONS
from meshvisor.features.jobs.worker.cancellation import ActionCancelled, sentence
from meshvisor.features.jobs.worker.job_run import JobRun
from meshvisor.features.jobs.worker.marker import Marker
from meshvisor.features.jobs.worker.outbox import CODEC, Outbox
from meshvisor.features.jobs.worker.timings import Timings
from meshvisor.features.jobs.worker.wear import Wear
from meshvisor.shared.model.exits import ChildExit
from meshvisor.shared.protocol.start import RunnerStart
from meshvisor.shared.protocol.to_worker import StatusRequest
from meshvisor.worker.child.child import Child
from meshvisor.worker.child.start import ChildStart
from meshvisor.worker.logs.bound import bound_log
from meshvisor.worker.logs.pipe import PipeWriter
from meshvisor.worker.threads import THREADS

JUDGE_EVERY: Final = 0.05
"""Seconds between two looks at what ended jobs have left behind.  Where very many short ones follow
each other, a look after each would cost 5 µs of every job."""

STOP_SHARE: Final = 0.5
"""Part of the time for a graceful end that items have; the rest is for cancelling and good-byes."""

log = bound_log(__name__)


class Runner(Child):
    """A runner, from its start to its exit code."""

    noun = "runner"
    channel: Outbox

    def __init__(
        self,
        start: ChildStart,
        params: RunnerStart,
        timings: Timings,
        log_writer: PipeWriter | None,
    ) -> None:
        super().__init__(start, {"lane": params.lane}, timings, log_writer)
        self._lane = params.lane
        self._timings = timings
        self._runs: dict[tuple[int, int], JobRun] = {}
        self._marker = Marker(start.mark)
        self._closing: set[asyncio.Task[None]] = set()
        self._params = params
        self._judging: asyncio.TimerHandle | None = None
        """Runs while a moment has not passed since the last look at what jobs leave behind."""
        self._is_judgement_due = False
        self._reactions: dict[type[Any], Callable[[Any], None]] = {
            RunJob: self._on_run,
            MoreItems: self._on_items,
            StopJob: self._on_stop,
        }

    # ---- Start and end -----------------------------------------------------------------------

    async def open_channel(self) -> Outbox:
        """Return the channel, which writes once in a turn of the loop."""
        return await Outbox.open(
            self.start.channel, CODEC, self.on_message, self.on_close, self.on_unknown
        )

    def begin(self) -> None:
        """Say that it is ready."""
        self._wear = Wear(
            self._params.max_jobs, self._params.memory_limit_bytes, self.vitals.memory_bytes
        )
        self.say(RunnerReady(lane=self._lane, actions=ACTIONS.can_run))

    def stop(self, deadline: float) -> None:
        """Stop all jobs at their next items."""
        for run in list(self._runs.values()):
            job = run.job
            self._on_stop(
                StopJob(
                    job_id=job.job_id,
                    run=job.run,
                    reason="shutdown",
                    deadline=deadline * STOP_SHARE,
                )
            )
        self._end_when_idle()

    async def end(self) -> None:
        """Cancel what still runs, and let its last words leave."""
        for run in list(self._runs.values()):
            run.cancel()
            self._let_go(run)
        self.channel.flush()
        try:
            async with asyncio.timeout(self._timings.flush):
                await self.channel.drained()
        except (TimeoutError, ConnectionError):
            pass
        if self._closing:
            await asyncio.wait(self._closing, timeout=self._timings.flush)

    async def close_channel(self) -> None:
        """Close the channel; `end` has waited already for what is written."""
        self.channel.close()

    def is_expected(self, error: BaseException) -> bool:
        """Return whether a task that is not awaited was left at an item, as its job had to stop."""
        return isinstance(error, ActionCancelled)

    def judge_wear(self) -> None:
        """Ask to be replaced when it has done enough; what comes from then on is not for this one.

        With `--single-process` it has no process of its own that could be replaced.
        """
        if self.is_stopping or self.has_asked or not self.start.alone:
            return
        reason = self._wear.at_any_time() if self._runs else self._wear.when_idle()
        if reason is not None:
            self.ask_to_be_replaced(reason, logging.INFO)

    def _end_when_idle(self) -> None:
        if self.is_stopping and not self._runs:
            self.finish(ChildExit.DONE)

    def _ended(self, run: JobRun) -> None:
        self._runs.pop(run.key, None)
        self._let_go(run)
        self._wear.jobs += 1
        self._judge_soon()
        self._end_when_idle()

    def _judge_soon(self) -> None:
        """Judge now, or soon where that was done a moment ago."""
        if self._judging is not None and not self._wear.has_run_enough:
            self._is_judgement_due = True
            return
        self.judge_wear()
        if self._judging is None:
            self._judging = asyncio.get_running_loop().call_later(JUDGE_EVERY, self._judge_again)

    def _judge_again(self) -> None:
        self._judging = None
        if self._is_judgement_due:
            self._is_judgement_due = False
            self.judge_wear()

    def _let_go(self, run: JobRun) -> None:
        if run.has_opened:
            task = asyncio.ensure_future(run.close())
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    # ---- What the supervisor says ------------------------------------------------------------

    def react(self, message: Any) -> None:
        """React to the messages that only runners get."""
        reaction = self._reactions.get(type(message))
        # Without a reaction: answers to questions whose callers have stopped waiting.
        if reaction is not None:
            reaction(message)

    def answer_status(self, request: StatusRequest) -> None:
        """Say which jobs it has, and how it is."""
        self.say(
            RunnerStatus(
                lane=self._lane,
                reply_to=request.id,
                jobs=tuple(job_id for job_id, _ in self._runs),
                uptime_seconds=self.vitals.uptime,
                event_loop_lag_ms=self.vitals.take_lag_ms(),
                memory_bytes=self.vitals.memory_bytes(),
                abandoned_threads=THREADS.abandoned,
            )
        )

    def _on_run(self, message: RunJob) -> None:
        if self.is_stopping or self.has_asked:
            return  # it goes on with the next runner
        with self._no_other_pays(message):
            run = JobRun(
                message,
                self.channel,
                self._timings,
                self._marker,
                self._ended,
                self.finish,
            )
            self._runs[run.key] = run
            run.start()

    def _on_items(self, message: MoreItems) -> None:
        run = self._runs.get((message.job_id, message.run))
        if run is not None:
            with self._no_other_pays(message):
                run.feed(message)

    def _on_stop(self, message: StopJob) -> None:
        run = self._runs.get((message.job_id, message.run))
        if run is not None:
            with self._no_other_pays(message):
                run.stop(message)

    @contextlib.contextmanager
    def _no_other_pays(self, message: RunJob | MoreItems | StopJob) -> Iterator[None]:
        """End the run that a message is about when reacting to it raises.

        In the transport the error would end the channel, and with it all jobs of this runner.
        """
        try:
            yield
        except MemoryError:
            # Each job of this runner may be the one that has taken it.
            self.out_of_memory()
        except Exception as error:
            job_id, number = message.job_id, message.run
            log.exception("A message about job %d", job_id, event="job_failed", type=message.type)
            run = self._runs.get((job_id, number))
            if run is not None:
                run.fail(error)
            else:
                self.say(
                    JobFinished(lane=self._lane, job_id=job_id, run=number, error=sentence(error))
                )
