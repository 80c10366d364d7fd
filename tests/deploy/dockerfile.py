"""Reading a Dockerfile, as far as the tests need it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction of a Dockerfile, its continued lines joined."""

    stage: int
    """Number of the stage that it belongs to, from 0; -1 before the first."""
    word: str
    """In capitals, such as COPY."""
    rest: str
    """What follows, with single blanks."""

    @property
    def options(self) -> dict[str, str]:
        """What stands between the word and its arguments, `--from=build`."""
        return dict(re.findall(r"(?<!\S)--(\w+)=(\S+)", self.rest))

    @property
    def arguments(self) -> list[str]:
        """The words that are no options."""
        return [word for word in self.rest.split() if not word.startswith("--")]


def read(file: Path) -> list[Instruction]:
    """Return the instructions of a file in their order."""
    lines = (line for line in file.read_text().splitlines() if not line.lstrip().startswith("#"))
    joined = re.sub(r"\\\n", " ", "\n".join(lines))
    found = []
    stage = -1
    for line in filter(str.strip, joined.splitlines()):
        word, _, rest = line.partition(" ")
        stage += word == "FROM"
        found.append(Instruction(stage, word.upper(), " ".join(rest.split())))
    return found


def copied(instructions: list[Instruction]) -> list[str]:
    """Return what is copied out of the checkout."""
    return [
        source
        for one in instructions
        if one.word == "COPY" and "from" not in one.options
        for source in one.arguments[:-1]
    ]
