"""What stands for the message of a command that a program asks for, and nobody has written.

Owns hearing what the command answers.  Made by the worker (`run_command`), run by the dispatcher.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from meshvisor.worker.mesh.events import MessageEvent

MOST_HEARD: Final = 32 * 1024
"""Characters of all answers of one command that the program gets; all of them are said."""


@dataclass(frozen=True, slots=True)
class AskedMessage(MessageEvent):
    """A message that is none."""

    is_said: bool = True
    """Whether answers are said in the mesh, too."""
    replies: list[str] = field(default_factory=list)

    async def reply(self, text: str) -> tuple[str, ...]:
        """Keep an answer, and say it where that is wanted."""
        left = MOST_HEARD - sum(map(len, self.replies))
        if left > 0:
            self.replies.append(text[:left])
        return await MessageEvent.reply(self, text) if self.is_said else ()
