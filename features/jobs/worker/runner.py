"""One runner: what the supervisor says, and what becomes of it.

Owns the runs of jobs, the reading of the channel, and how it all ends.  Called by
`features.jobs.worker.main`, which owns the process around it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from typing import Any, Final

from meshvisor.features.jobs.messages.from_runner import JobFinished, RunnerReady, RunnerStatus
from meshvisor.features.jobs.messages.to_runner import MoreItems, RunJob, StopJob
from meshvisor.features.jobs.worker.actions import ACTIONS
from meshvisor.features.jobs.worker.job_run import JobRun
from meshvisor.features.jobs.worker.marker import Marker
from meshvisor.features.jobs.worker.outbox import CODEC, Outbox
from meshvisor.features.jobs.worker.timings import Timings
from meshvisor.features.jobs.worker.unwinding import sentence
from meshvisor.features.jobs.worker.wear import Wear
from meshvisor.shared.model.exits import ChildExit
from meshvisor.shared.protocol.channel import Broken
from meshvisor.shared.protocol.codec import UnknownMessage
from meshvisor.shared.protocol.messages import Error, RestartRequest
from meshvisor.shared.protocol.start import RunnerStart
from meshvisor.shared.protocol.to_worker import Shutdown, StatusRequest
from meshvisor.worker import memory_limit
from meshvisor.worker.child import ChildStart
from meshvisor.worker.logs.bound import bound_log
from meshvisor.worker.mesh.vitals import Vitals
from meshvisor.worker.threads import THREADS

STOP_SHARE: Final = 0.5
"""Part of the time for a graceful end that items have; the rest is for cancelling and good-byes."""

log = bound_log(__name__)


class Runner:
    """A runner, from its start to its exit code."""

    def __init__(
        self,
        start: ChildStart,
        params: RunnerStart,
        timings: Timings,
        housekeeping: Callable[[], None],
    ) -> None:
        self._start = start
        self._lane = params.lane
        self._timings = timings
        self._housekeeping = housekeeping
        self._outcome: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._runs: dict[tuple[int, int], JobRun] = {}
        self._marker = Marker(start.mark)
        self._closing: set[asyncio.Task[None]] = set()
        self._stopping = False
        self._has_asked = False
        """Whether it has asked to be replaced."""
        self._params = params
        self._reactions: dict[type[Any], Callable[[Any], None]] = {
            RunJob: self._on_run,
            MoreItems: self._on_items,
            StopJob: self._on_stop,
            Shutdown: self._on_shutdown,
            StatusRequest: self._on_status,
            Error: self._on_error,
        }

    async def run(self) -> int:
        """Be a runner until it is over; return the exit code."""
        channel = await Outbox.open(
            self._start.channel, CODEC, self._on_message, self._on_close, self._on_unknown
        )
        assert isinstance(channel, Outbox)
        self._outbox = channel
        self._vitals = Vitals(self._start.stamp, self._look_after)
        self._wear = Wear(
            self._params.max_jobs, self._params.memory_limit_bytes, self._vitals.memory_bytes
        )
        self._outbox.say(RunnerReady(lane=self._lane, actions=ACTIONS.names))
        try:
            return await self._outcome
        finally:
            await self._close()

    def finish(self, code: int) -> None:
        """End the runner with this exit code; the first call counts."""
        if not self._outcome.done():
            self._outcome.set_result(code)

    def out_of_memory(self) -> None:
        """End the runner, which has reached its memory limit."""
        self.finish(ChildExit.OUT_OF_MEMORY)

    def terminate(self) -> None:
        """React to SIGTERM: stop gracefully, at once when it comes a second time."""
        if self._stopping:
            self.finish(ChildExit.DONE)
        else:
            self._stop_all(self._timings.terminate)

    # ---- Private -----------------------------------------------------------------------------

    async def _close(self) -> None:
        self._vitals.stop()
        for run in list(self._runs.values()):
            run.cancel()
            self._let_go(run)
        self._outbox.flush()
        try:
            async with asyncio.timeout(self._timings.flush):
                await self._outbox.drained()
        except (TimeoutError, ConnectionError):
            pass
        if self._closing:
            await asyncio.wait(self._closing, timeout=self._timings.flush)
        self._outbox.close()

    def _stop_all(self, deadline: float) -> None:
        self._stopping = True
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

    def _end_when_idle(self) -> None:
        if self._stopping and not self._runs:
            self.finish(ChildExit.DONE)

    def _ended(self, run: JobRun) -> None:
        self._runs.pop(run.key, None)
        self._let_go(run)
        self._wear.jobs += 1
        self._judge()
        self._end_when_idle()

    def _look_after(self) -> None:
        """Do with each heartbeat what must not have a timer of its own."""
        self._housekeeping()
        if self._start.alone:
            memory_limit.make_room()
            if THREADS.is_full:
                self._judge()

    def _judge(self) -> None:
        """Ask to be replaced when it has done enough; what comes from then on is not for this one.

        With `--single-process` it has no process of its own that could be replaced.
        """
        if self._stopping or self._has_asked or not self._start.alone:
            return
        reason = self._wear.at_any_time() if self._runs else self._wear.when_idle()
        if reason is not None:
            self._has_asked = True
            log.info("The runner asks to be replaced: %s", reason, event="worn_out")
            self._outbox.say(RestartRequest(lane=self._lane, reason=reason))

    def _let_go(self, run: JobRun) -> None:
        if run.has_opened:
            task = asyncio.ensure_future(run.close())
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    # ---- The channel -------------------------------------------------------------------------

    def _on_message(self, message: Any) -> None:
        reaction = self._reactions.get(type(message))
        # Without a reaction: answers to questions that nobody waits for any more.
        if reaction is not None:
            reaction(message)

    def _on_run(self, message: RunJob) -> None:
        if self._stopping or self._has_asked:
            return  # it goes on with the next runner
        with self._no_other_pays(message):
            run = JobRun(
                message,
                self._outbox,
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
                self._outbox.say(
                    JobFinished(lane=self._lane, job_id=job_id, run=number, error=sentence(error))
                )

    def _on_shutdown(self, message: Shutdown) -> None:
        if message.mode == "forced":
            self.finish(ChildExit.DONE)
        elif not self._stopping:
            self._stop_all(message.deadline)

    def _on_status(self, message: StatusRequest) -> None:
        self._outbox.say(
            RunnerStatus(
                lane=self._lane,
                reply_to=message.id,
                jobs=tuple(job_id for job_id, _ in self._runs),
                uptime_seconds=self._vitals.uptime,
                event_loop_lag_ms=self._vitals.take_lag_ms(),
                memory_bytes=self._vitals.memory_bytes(),
                abandoned_threads=THREADS.abandoned,
            )
        )

    def _on_error(self, message: Error) -> None:
        log.warning("The supervisor reports: %s", message.error, event="supervisor_error")

    def _on_unknown(self, unknown: UnknownMessage) -> None:
        log.warning(
            "The supervisor sent a message of an unknown type",
            event="unknown_message",
            type=unknown.type,
        )
        text = f"this runner knows no message {unknown.type!r}"
        self._outbox.say(Error(lane=self._lane, reply_to=unknown.id, error=text, source="protocol"))

    def _on_close(self, broken: Broken | None) -> None:
        if broken is None:
            self.finish(ChildExit.ORPHANED)
            return
        log.error(
            "The supervisor sent what cannot be understood: %s",
            broken.reason,
            event="protocol_broken",
            head=broken.head,
        )
        self.finish(ChildExit.PROTOCOL)
