"""What can go wrong while measuring, and who can mend it."""

from __future__ import annotations


class BenchmarkError(Exception):
    """Measuring one row of one contender failed; the other rows and contenders go on."""


class MissingProgramError(BenchmarkError):
    """A program that a contender needs is not installed; the operator can mend it."""
