"""Whether a kind that a client asks for exists, and what is said where it does not.

Owns the check and its sentence.  Does not own the kinds (`service.all_kinds`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from meshvisor.shared.errors import UsageError
from meshvisor.shared.events.kind import ALL_OF, matches
from meshvisor.shared.events.log import Wanted
from meshvisor.supervisor.events.reading import EventReader


async def check_kinds(patterns: Iterable[str], names: Sequence[str], reader: EventReader) -> None:
    """Refuse kinds that never were: they are slips, and the answer would be that nothing happened.

    Args:
        patterns: names and families that a client asks for.
        names: all kinds of this version.
        reader: the log may hold others, of another version or of a feature that is left out.

    Raises:
        UsageError: one of them is no kind; the sentence names the nearest ones.
        MeshvisorError: the database cannot be read.
    """
    for pattern in patterns:
        if any(matches(pattern, name) for name in names):
            continue
        if not (await reader.page(None, 1, Wanted((pattern,)))).events:
            raise unknown_kind(pattern, names)


def unknown_kind(pattern: str, names: Sequence[str]) -> UsageError:
    """Return the error that names the nearest kinds and families."""
    from meshvisor.shared.near_names import NEAREST, did_you_mean, near_names

    families = list(dict.fromkeys(name.partition(".")[0] + ALL_OF for name in names))
    # Names of kinds have much in common, so that a loose likeness would mean nothing.
    hint = did_you_mean(near_names(pattern, [*families, *names], NEAREST))
    if not hint:
        hint = f"there are {', '.join(families)}, and docs/events.md lists what they hold."
    return UsageError(f"There is no kind of event {pattern!r}; {hint}")
