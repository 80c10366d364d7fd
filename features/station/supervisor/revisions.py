"""Two people who edit the same thing: a change to an older revision is refused."""

from __future__ import annotations

from meshvisor.shared.errors import ConflictError


def check_revision(what: str, seen: int | None, now: int) -> None:
    """Refuse a change of what is not as it was seen.

    Args:
        what: such as `the zone 'harbour'`.
        seen: the revision that the caller has seen; 0: none; None: no matter which.
        now: the present one; 0: there is none.

    Raises:
        ConflictError: they are not the same.
    """
    if seen is None or seen == now:
        return
    if not now:
        raise ConflictError(f"{what} is gone; look again, then decide whether to make it anew")
    if not seen:
        raise ConflictError(f"there is {what} already; look at it, then decide whose holds")
    raise ConflictError(
        f"{what} was changed meanwhile: it has revision {now}, and {seen} was seen; look "
        "at it again, then decide whose holds"
    )
