"""Items that come in several requests: what is staged and never submitted does no harm."""

from __future__ import annotations

from itertools import count

import pytest

from meshvisor.features.jobs.supervisor.ledger.job import Millis
from meshvisor.features.jobs.supervisor.staging import EACH, MOST, PATIENCE, Staging
from meshvisor.shared.errors import UsageError


def test_one_owner_keeps_no_other_waiting() -> None:
    """A client that has begun too many jobs and submitted none is refused; others are not."""
    staging = Staging(lambda: Millis(0))
    for number in range(EACH):
        staging.add("job 7", f"token {number}", ["a"])
    with pytest.raises(UsageError, match="of the same sender are being submitted already"):
        staging.add("job 7", "one more", ["a"])
    assert staging.add("job 7", "token 0", ["b"]) == 2
    assert staging.add("job 8", "token 0", ["c"]) == 1
    assert staging.take("job 8", "token 0") == ["c"]
    assert staging.take("job 7", "token 0") == ["a", "b"]
    assert staging.add("job 7", "one more", ["a"]) == 1


def test_all_together_have_a_limit_until_some_are_forgotten() -> None:
    """The memory is bounded, however many owners there are, and what is not fetched is dropped."""
    now = Millis(0)
    staging = Staging(lambda: now)
    numbers = count()
    for _ in range(MOST):
        staging.add(f"job {next(numbers)}", "token", ["a"])
    with pytest.raises(UsageError, match="too many large jobs"):
        staging.add("job", "token", ["a"])
    now = Millis(PATIENCE + 1)
    assert staging.add("job", "token", ["a"]) == 1
    with pytest.raises(UsageError, match="too long ago"):
        staging.take("job 0", "token")


def test_a_token_is_its_owners() -> None:
    """No client takes what another one has brought, though they have chosen the same token."""
    staging = Staging(lambda: Millis(0))
    staging.add("room lobby 11", "token", ["a"])
    with pytest.raises(UsageError, match="too long ago"):
        staging.take("room lobby 12", "token")
