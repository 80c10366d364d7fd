"""What chats and actions ask about jobs, and the answer; part of the messages of each worker.

Owns their shape.  Does not own what is done (`features.jobs.supervisor.chat`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from meshvisor.features.jobs.messages.submission import Submission
from meshvisor.shared.protocol.fields import Name, as_name, put
from meshvisor.shared.protocol.from_worker import FROM_WORKER
from meshvisor.shared.protocol.messages import Message
from meshvisor.shared.protocol.parts import written
from meshvisor.shared.protocol.to_worker import TO_WORKER


class JobRequest(Message, tag="job_request"):
    """A job command was used in the room; answered with `job_result`."""

    command: Literal["stage", "submit", "jobs", "job", "pause", "resume", "cancel"]
    """`stage` brings items (`arguments`) of a job that are too many for one message."""
    arguments: tuple[str, ...] = written(())
    submission: Submission | None = None
    """What `submit` wants."""
    staged: str | None = None
    """The token under which items are brought, or were before `submit`; None: there are none."""
    user_id: str
    """Who asks."""
    user_name: Name = written("")
    prefix: str = written("")
    """What the command began with, such as `?`: answers show how to write another one."""
    authenticated: bool = written(False)
    """Whether the network vouches that it is they who ask; others may not decide anything."""
    message_id: str = written("")
    """The chat message that asks; what is said about the job later answers it."""
    place: str | None = None
    """Where that was said, and what is said about the job later will be; None: in the mesh's own
    room."""
    is_direct: bool = False
    """Whether it was said to the bot alone."""

    def foreign(self) -> Iterable[object]:
        """Return what plug-ins have given."""
        return () if self.submission is None else (self.submission.data,)

    def __post_init__(self) -> None:
        """Cut what is too long."""
        put(self, "user_name", as_name(self.user_name))


class JobResult(Message, tag="job_result"):
    """The answer to `job_request` and to what else an action asks for."""

    ok: bool
    """Whether it was done."""
    text: str
    """What to say to the person who asked, or to the action."""
    job_id: int | None = None
    """The job that was asked for; None: there is none."""
    position: int | None = None
    """Its place in the queue, 1 for the first; 0: it runs."""
    duplicate: bool = written(False)
    """Whether it was there already, under the same idempotency key."""
    differs: tuple[str, ...] | None = None
    """In what that one is another job than was asked for; None: in nothing."""
    count: int | None = None
    """How many items are new, in the answer to `add_items`."""


FROM_WORKER.register(JobRequest)
TO_WORKER.register(JobResult)
