"""When a job that has failed is tried again.

Owns the pause before each further attempt, which grows.  Does not own how many attempts there are
(`ActionSpec.attempts`) nor the change of the job (`running.finish`).  A pure function; called by
`features.jobs.supervisor.message_handling`.
"""

from __future__ import annotations

from meshvisor.features.jobs.model.action import LONGEST_RETRY_DELAY, ActionSpec


def retry_delay(spec: ActionSpec, attempt: int, chance: float) -> int:
    """Return the milliseconds until the next attempt: twice as long each time, spread at random.

    Args:
        spec: the action's.
        attempt: attempts so far.
        chance: 0 to 1; half of the delay is spread, so that jobs that failed together do not all
            come back together.
    """
    longest = min((spec.retry_delay or 0.0) * 2 ** min(attempt - 1, 30), LONGEST_RETRY_DELAY)
    return int(1000 * longest * (0.5 + chance / 2))
