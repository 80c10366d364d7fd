"""Which of two copies of the account counts."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from meshvisor.features.access.supervisor.directory.model import Account
from meshvisor.features.access.supervisor.directory.sync import Decision, decide, is_other_account
from tests.directories import NOON, account

LATER = NOON + timedelta(milliseconds=1)

copies = st.none() | st.builds(
    account, st.sampled_from(["one", "two"]), st.sampled_from([NOON, LATER])
)


def test_without_an_account() -> None:
    """There is none, and nothing is written."""
    assert decide(None, None) == Decision(None)


def test_one_side_has_none() -> None:
    """The side without one is filled."""
    assert decide(account(), None) == Decision(account(), write_directory=True)
    assert decide(None, account()) == Decision(account(), write_file=True)


def test_the_newer_one_counts() -> None:
    """By a millisecond is enough, either way."""
    old, new = account("old"), account("new", LATER)
    assert decide(new, old) == Decision(new, write_directory=True)
    assert decide(old, new) == Decision(new, write_file=True)


def test_the_same() -> None:
    """Nothing is to be done."""
    assert decide(account(), account()) == Decision(account())


def test_different_at_the_same_moment() -> None:
    """The directory's is used, neither is touched, and it is called a conflict."""
    assert decide(account("file"), account("directory")) == Decision(
        account("directory"), is_conflict=True
    )


@given(copies, copies)
def test_nothing_is_lost(file: Account | None, directory: Account | None) -> None:
    """What is overwritten is older than what is used, and doing it once is enough."""
    decision = decide(file, directory)
    used = decision.account
    for old, is_written in ((file, decision.write_file), (directory, decision.write_directory)):
        if is_written and old is not None:
            assert used is not None
            assert old.updated_at < used.updated_at
    after = decide(
        used if decision.write_file else file, used if decision.write_directory else directory
    )
    assert after == Decision(used, is_conflict=decision.is_conflict)


def test_other_moment() -> None:
    """A moment alone is nothing that workers have to hear of."""
    assert not is_other_account(account(), account(updated_at=LATER))
    assert is_other_account(account("one"), account("two"))
