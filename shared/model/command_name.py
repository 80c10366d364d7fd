"""Names of chat commands.

Owns what may be one.  Used by those who read them in rooms, on the command line and in requests.
"""

from __future__ import annotations

import re
from typing import Final

COMMAND_NAME: Final = re.compile(r"\w[\w-]{0,31}")
"""What a command's name looks like; names are compared without case."""


def check_command_name(text: str) -> str:
    """Return `text` if it can be the name of a command.

    Raises:
        ValueError: it cannot; the message is one sentence.
    """
    if COMMAND_NAME.fullmatch(text):
        return text
    raise ValueError(
        f"{text[:40]!r} is no command name: 1 to 32 letters, digits, _ or -, the first no -"
    )
