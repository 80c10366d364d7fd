from __future__ import annotations

import pytest

from meshvisor.playground.accounts import (
    KEPT,
    LINK_LIFETIME,
    LINKS_A_MINUTE,
    MINUTE,
    Accounts,
    AddressError,
    LinkState,
    TooManyLinksError,
    User,
)
from tests.clock import ManualClock

BOT = "bot@example.org"


@pytest.fixture
def clock() -> ManualClock:
    """Return a clock that stands still."""
    return ManualClock()


@pytest.fixture
def accounts(clock: ManualClock) -> Accounts:
    """Return accounts without logins yet."""
    return Accounts(clock)


def session_of(accounts: Accounts) -> tuple[str, str]:
    """Log in as far as to a session; return parse id and session token."""
    link = accounts.send_link(BOT)
    assert accounts.click(link)
    opened = accounts.open_session(link.jwt)
    assert opened is not None
    user, session = opened
    return user.parse_id, session


def token_of(accounts: Accounts) -> str:
    """Log in."""
    token = accounts.log_in(*session_of(accounts))
    assert token is not None
    return token


def test_users_stay_the_same() -> None:
    """Ids come from the address, however it is spelled, so that they survive a restart."""
    assert User(BOT).id == User("Bot@Example.org").id != User("other@example.org").id
    assert User(BOT).parse_id == User("Bot@Example.org").parse_id
    assert User(BOT).handle == "bot"
    assert 100_000 <= User(BOT).id <= 999_999


@pytest.mark.parametrize(
    "email", ["", "bot", "@example.org", "bot@", "a b@c", "a@b@c", "a@b\n", "é@b", "x" * 300 + "@b"]
)
def test_wrong_addresses(accounts: Accounts, email: str) -> None:
    """What is no address gets no link."""
    with pytest.raises(AddressError):
        accounts.send_link(email)


def test_a_link_expires(accounts: Accounts, clock: ManualClock) -> None:
    """A link can be clicked until its time is over."""
    link = accounts.send_link(BOT)
    clock.advance(LINK_LIFETIME - 1)
    assert accounts.links(LinkState.PENDING) == [link]
    assert accounts.seconds_left(link) == 1
    clock.advance(1)
    assert accounts.link(link.id) is link
    assert link.state is LinkState.EXPIRED
    assert not accounts.click(link)


def test_a_clicked_link_does_not_expire(accounts: Accounts, clock: ManualClock) -> None:
    """Once clicked, the waiting client may take its time; a second click is none."""
    link = accounts.send_link(BOT)
    assert accounts.click(link)
    clock.advance(2 * LINK_LIFETIME)
    assert accounts.link(link.id) is link
    assert link.state is LinkState.AUTHENTICATED
    assert not accounts.click(link)


def test_links_are_found_by_their_secret_end(accounts: Accounts) -> None:
    """The id of a link, which the waiting client knows, does not lead to the page."""
    link = accounts.send_link(BOT)
    assert accounts.link_at(link.token) is link
    assert accounts.link_at(link.id) is None
    assert accounts.link(link.token) is None


def test_too_many_links(accounts: Accounts, clock: ManualClock) -> None:
    """One address gets so many links a minute; others are not concerned."""
    for _ in range(LINKS_A_MINUTE):
        accounts.send_link(BOT)
        clock.advance(1)
    with pytest.raises(TooManyLinksError) as caught:
        accounts.send_link("BOT@example.org")
    assert caught.value.wait == MINUTE - LINKS_A_MINUTE
    accounts.send_link("other@example.org")
    clock.advance(caught.value.wait)
    accounts.send_link(BOT)


def test_a_session_gives_tokens(accounts: Accounts) -> None:
    """A session logs in as often as one likes, with or without the `r:` of its token."""
    parse_id, session = session_of(accounts)
    first, second = accounts.log_in(parse_id, session), accounts.log_in(parse_id, f"r:{session}")
    assert first is not None
    assert second not in {None, first}
    assert accounts.user_of(first) == accounts.user_of(f"r:{second}") == User(BOT)


def test_what_is_no_session(accounts: Accounts) -> None:
    """Neither a made-up session nor that of another user gives a token."""
    parse_id, session = session_of(accounts)
    assert accounts.open_session("made up") is None
    assert accounts.log_in(parse_id, "made up") is None
    assert accounts.log_in("somebody", session) is None
    assert accounts.user_of("") is None


def test_logging_out(accounts: Accounts) -> None:
    """Everything that was issued becomes invalid."""
    token = token_of(accounts)
    parse_id, session = session_of(accounts)
    assert accounts.log_out() == 3
    assert accounts.user_of(token) is None
    assert accounts.log_in(parse_id, session) is None


def test_logging_out_but_for_the_session(accounts: Accounts) -> None:
    """Only tokens become invalid; the session gives new ones."""
    token = token_of(accounts)
    parse_id, session = session_of(accounts)
    assert accounts.log_out(keep_sessions=True) == 1
    assert accounts.user_of(token) is None
    assert accounts.log_in(parse_id, session)


@pytest.mark.parametrize("state", [LinkState.REFUSED, LinkState.EXPIRED, LinkState.AUTHENTICATED])
def test_settling_links(accounts: Accounts, state: LinkState) -> None:
    """Open links end as asked for, and only a click earns something."""
    used = accounts.send_link(BOT)
    accounts.click(used)
    link = accounts.send_link(BOT)
    assert accounts.settle_links(state) == 1
    assert (link.state, used.state) == (state, LinkState.AUTHENTICATED)
    assert bool(link.jwt) is (state is LinkState.AUTHENTICATED)


def test_memory_is_bounded(accounts: Accounts) -> None:
    """A server that runs for months forgets the oldest links."""
    first = accounts.send_link(BOT)
    for number in range(KEPT):
        accounts.send_link(f"bot{number}@example.org")
    assert len(accounts.links()) == KEPT
    assert accounts.link(first.id) is None
