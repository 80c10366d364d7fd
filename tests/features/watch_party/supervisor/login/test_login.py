from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web
from msgspec import structs
from pydantic import SecretStr

from meshvisor.features.access.supervisor.directory.model import Account, from_epoch
from meshvisor.features.watch_party.settings import PlatformSettings
from meshvisor.features.watch_party.supervisor.login.answers import LinkSent
from meshvisor.features.watch_party.supervisor.login.errors import (
    LinkExpiredError,
    LoginError,
    LoginRefusedError,
    LoginUnavailableError,
    SessionExpiredError,
)
from meshvisor.features.watch_party.supervisor.login.login import (
    FINISH_DEADLINE,
    LONGEST_PAUSE,
    Login,
)
from meshvisor.features.watch_party.supervisor.login.options import Identity, LoginOptions, Progress
from meshvisor.playground.accounts import LinkState, User
from meshvisor.playground.options import Options
from meshvisor.playground.server import Playground
from meshvisor.shared.errors import UsageError
from tests.clock import ManualClock
from tests.supervisor.platform.platform import Platform, Status

BOT = "bot@example.org"
IDENTITY = Identity(BOT, "device-1", "ssaid-1")
SENT = LinkSent("7", 600, None)
JWT = SecretStr("jwt")


class Time:
    """A clock that goes on only while the code sleeps; what happens meanwhile can be said."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.slept: list[float] = []
        self.events: dict[int, Callable[[], object]] = {}
        """What happens in which sleep, counted from 1."""
        self.shown: list[tuple[Progress, int]] = []

    async def sleep(self, seconds: float) -> None:
        """Let time pass at once."""
        self.clock.advance(seconds)
        self.slept.append(seconds)
        happening = self.events.get(len(self.slept), lambda: None)()
        if happening is not None and hasattr(happening, "__await__"):
            await happening

    def tell(self, progress: Progress, left: float) -> None:
        """Note what is waited for."""
        self.shown.append((progress, round(left)))

    def login(self, url: str, **settings: Any) -> Login:
        """Return a login that lives in this time."""
        options = LoginOptions.of(PlatformSettings(url=url, **settings))
        return Login(options, self.clock, self.sleep)


@pytest.fixture
def time() -> Time:
    """Return a time of the test's own."""
    return Time()


@pytest.fixture
async def playground(time: Time) -> AsyncIterator[Playground]:
    """Return a playground in which the same time passes."""
    async with Playground(1, Options(clock=time.clock)) as running:
        yield running


@pytest.fixture
def login(time: Time, playground: Playground) -> Login:
    """Return a login at the playground."""
    return time.login(playground.url)


def click(playground: Playground) -> None:
    """Click all links."""
    playground.world.accounts.settle_links(LinkState.AUTHENTICATED)


async def account_of(login: Login, playground: Playground, time: Time) -> Account:
    """Log in."""
    sent = await login.request_link(IDENTITY)
    click(playground)
    jwt = await login.wait_until_clicked(IDENTITY, sent, time.tell)
    return await login.complete(IDENTITY, jwt, time.tell)


# ---- The playground ------------------------------------------------------------------------------


async def test_the_whole_way(login: Login, playground: Playground, time: Time) -> None:
    """A link, a click some seconds later, and an account with all that is known of it."""
    time.events[3] = lambda: click(playground)
    sent = await login.request_link(IDENTITY)
    assert sent.expires_in == 600
    assert sent.link is not None
    assert sent.link.startswith(f"{playground.url}/auth/click/")
    jwt = await login.wait_until_clicked(IDENTITY, sent, time.tell)
    account = await login.complete(IDENTITY, jwt, time.tell)

    user = User(BOT)
    assert time.slept == [2, 2, 2]
    assert time.shown == [
        (Progress.CLICK, 600),
        (Progress.CLICK, 598),
        (Progress.CLICK, 596),
        (Progress.FINISHING, FINISH_DEADLINE),
    ]
    assert account == Account(
        peer_id=f"{user.id}_device-1",
        updated_at=from_epoch(time.clock.wall()),
        email=BOT,
        device_id="device-1",
        ssaid="ssaid-1",
        parse_id=user.parse_id,
        parse_token=account.parse_token,
        auth_token=account.auth_token,
        user_id=str(user.id),
    )
    assert playground.world.accounts.user_of(account.auth_token.get_secret_value()) == user
    for token in (account.parse_token, account.auth_token):
        assert not token.get_secret_value().startswith("r:")


async def test_keys_are_used_at_every_step(time: Time) -> None:
    """A platform that wants signatures gets them with every request."""
    async with Playground(1, Options(clock=time.clock, signing_key="key")) as playground:
        login = time.login(playground.url, signing_key=SecretStr("key"))
        assert (await account_of(login, playground, time)).email == BOT
        with pytest.raises(LoginRefusedError, match="the request is not signed"):
            await time.login(playground.url).request_link(IDENTITY)


async def test_no_click(login: Login, time: Time) -> None:
    """A link that has expired at the platform ends the waiting."""
    sent = await login.request_link(IDENTITY)
    with pytest.raises(LinkExpiredError, match=f"link for {BOT} has expired; run 'meshvisor login"):
        await login.wait_until_clicked(IDENTITY, sent, time.tell)
    assert sum(time.slept) == 600


async def test_no_click_within_our_own_time(playground: Playground, time: Time) -> None:
    """The caller may have less patience than the platform; the last second counts, too."""
    login = time.login(playground.url, login_timeout=5)
    sent = await login.request_link(IDENTITY)
    with pytest.raises(LinkExpiredError):
        await login.wait_until_clicked(IDENTITY, sent, time.tell)
    assert time.slept == [2, 2, 1]
    time.events[6] = lambda: click(playground)
    assert await login.wait_until_clicked(IDENTITY, sent, time.tell)
    assert time.slept[3:] == [2, 2, 1]


async def test_the_link_is_refused(login: Login, playground: Playground, time: Time) -> None:
    """The owner of the mailbox refuses the link."""
    sent = await login.request_link(IDENTITY)
    playground.world.accounts.settle_links(LinkState.REFUSED)
    with pytest.raises(LoginRefusedError, match=f"owner of {BOT} has refused the link"):
        await login.wait_until_clicked(IDENTITY, sent, time.tell)


async def test_a_wrong_address(login: Login) -> None:
    """What the platform says about an address is passed on in its words."""
    with pytest.raises(LoginRefusedError, match="refuses: email must be an address like"):
        await login.request_link(structs.replace(IDENTITY, email="nobody"))


async def test_too_many_links(login: Login) -> None:
    """A platform that has had enough says until when; nothing is waited for here."""
    for _ in range(5):
        await login.request_link(IDENTITY)
    with pytest.raises(
        LoginUnavailableError, match="too many requests; try again in 60 s"
    ) as shown:
        await login.request_link(IDENTITY)
    assert (shown.value.retry_after, shown.value.exit_code) == (60, 3)


# ---- Outages -------------------------------------------------------------------------------------


async def test_the_platform_is_away_while_we_wait(
    login: Login, playground: Playground, time: Time
) -> None:
    """It is tried again, ever more rarely, and that is said; a click meanwhile is found."""

    async def go() -> None:
        await playground.go_down()

    async def come() -> None:
        await playground.come_up()
        click(playground)

    time.events = {1: go, 7: come}
    sent = await login.request_link(IDENTITY)
    assert await login.wait_until_clicked(IDENTITY, sent, time.tell)
    assert time.slept == [2, 2, 4, 8, 16, 30, 30]
    assert [progress for progress, _ in time.shown] == [Progress.CLICK, *[Progress.UNREACHABLE] * 6]
    assert max(time.slept) == LONGEST_PAUSE


async def test_the_platform_stays_away(login: Login, playground: Playground, time: Time) -> None:
    """At the end of our time it is said what was in the way, which is not the link."""
    sent = await login.request_link(IDENTITY)
    await playground.go_down()
    with pytest.raises(LoginUnavailableError, match="cannot be reached: Connection refused") as had:
        await login.wait_until_clicked(IDENTITY, sent, time.tell)
    assert had.value.exit_code == 3
    assert sum(time.slept) == 600


async def test_no_server_at_all(login: Login, playground: Playground) -> None:
    """Without a platform there is no link; the error has the address."""
    await playground.go_down()
    with pytest.raises(LoginUnavailableError, match=re.escape(f"platform at {playground.url} can")):
        await login.request_link(IDENTITY)


async def test_an_outage_after_the_click(login: Login, playground: Playground, time: Time) -> None:
    """A click is not lost because the platform stumbles over it."""
    sent = await login.request_link(IDENTITY)
    click(playground)
    jwt = await login.wait_until_clicked(IDENTITY, sent, time.tell)
    playground.refuse_api(503, times=2)
    assert (await login.complete(IDENTITY, jwt, time.tell)).email == BOT
    assert time.slept == [2, 4]


async def test_an_outage_after_the_click_that_lasts(
    login: Login, playground: Playground, time: Time
) -> None:
    """But it is not waited for as long as for a click."""
    playground.refuse_api(503)
    with pytest.raises(LoginUnavailableError, match="HTTP 503"):
        await login.complete(IDENTITY, JWT, time.tell)
    assert sum(time.slept) == FINISH_DEADLINE


# ---- Without a link ------------------------------------------------------------------------------


async def test_renewing(login: Login, playground: Playground, time: Time) -> None:
    """The session gives a new token for the same peer, and no click is needed."""
    account = await account_of(login, playground, time)
    playground.world.accounts.log_out(keep_sessions=True)
    time.clock.advance(5)
    renewed = await login.renew(account)

    assert renewed.auth_token != account.auth_token
    assert renewed == replace(
        account, auth_token=renewed.auth_token, updated_at=from_epoch(time.clock.wall())
    )
    assert playground.world.accounts.user_of(renewed.auth_token.get_secret_value())


async def test_renewing_what_is_over(login: Login, playground: Playground, time: Time) -> None:
    """A session that is not valid any more needs a new link, which is the next step."""
    account = await account_of(login, playground, time)
    playground.world.accounts.log_out()
    with pytest.raises(SessionExpiredError) as caught:
        await login.renew(account)
    assert str(caught.value) == (
        f"the session of {BOT} is not valid any more (there is no such session, or it has ended); "
        "run 'meshvisor login'"
    )


async def test_renewing_without_a_session(login: Login, time: Time) -> None:
    """An account that another program has made may have a token only."""
    account = Account("1_a", from_epoch(0), auth_token=SecretStr("t"))
    with pytest.raises(SessionExpiredError, match=r"session of 1_a .* \(none is stored\)"):
        await login.renew(account)


async def test_renewing_of_an_unknown_user(platform: Platform, time: Time) -> None:
    """A session that has just given a token is not over, whatever else is wrong."""

    def answer(request: web.Request) -> object:
        return Status(404) if request.path == "/users/self" else {"data": {"token": "t"}}

    platform.answer = answer
    account = Account("1_a", from_epoch(0), parse_id="p", parse_token=SecretStr("s"))
    with pytest.raises(LoginRefusedError, match="HTTP 404 and does not say why"):
        await time.login(platform.url).renew(account)


async def test_renewing_during_an_outage(login: Login, playground: Playground, time: Time) -> None:
    """It is tried once; the session may still be good, so no link is asked for."""
    account = await account_of(login, playground, time)
    playground.refuse_api(503, times=1)
    with pytest.raises(LoginUnavailableError):
        await login.renew(account)
    playground.refuse_api(429, times=1)
    with pytest.raises(LoginUnavailableError):
        await login.renew(account)
    assert time.slept == []
    assert (await login.renew(account)).email == BOT


# ---- Other platforms -----------------------------------------------------------------------------


async def test_other_addresses(platform: Platform, time: Time) -> None:
    """Every path can be set, and the login can be elsewhere than the meshes."""
    answers: dict[str, object] = {
        "/api/l": {"data": {"id": 7}},
        "/api/s": {"data": {"state": "authenticated", "jwt": "j"}},
        "/api/e": {"data": {"parseId": "p", "sessionToken": "r:s"}},
        "/api/i": {"data": {"token": "r:t"}},
        "/api/me": {"data": {"id": "u7"}},
    }
    platform.answer = lambda request: answers[request.path]
    login = time.login(
        "http://meshes.invalid",
        login_url=f"{platform.url}/api",
        login_link_path="/l",
        login_status_path="/s",
        login_session_path="/e",
        login_path="/i",
        self_path="/me",
    )
    sent = await login.request_link(IDENTITY)
    assert sent == LinkSent("7", None, None)
    jwt = await login.wait_until_clicked(IDENTITY, sent, time.tell)
    account = await login.complete(IDENTITY, jwt, time.tell)

    assert account.peer_id == "u7_device-1"
    assert [json.loads(body) for body in platform.bodies if body] == [
        {"email": BOT, "deviceId": "device-1"},
        {"jwt": "j"},
        {"parseId": "p", "parseToken": "s", "deviceId": "device-1", "ssaid": "ssaid-1"},
    ]
    assert platform.requests[1].query_string == "id=7"
    assert platform.requests[4].headers["Authorization"] == "Bearer t"


@pytest.mark.parametrize("status", [404, 410])
async def test_a_link_that_the_platform_has_forgotten(
    platform: Platform, time: Time, status: int
) -> None:
    """A platform that forgets links means that they have expired."""
    platform.answer = lambda request: Status(status)
    with pytest.raises(LinkExpiredError):
        await time.login(platform.url).wait_until_clicked(IDENTITY, SENT, time.tell)


async def test_a_platform_that_wants_to_be_left_alone(platform: Platform, time: Time) -> None:
    """A client that is asked to come later does so, and says so."""
    answers = iter(
        [
            Status(429, retry_after="40"),
            Status(429),
            {"data": {"state": "authenticated", "jwt": "j"}},
        ]
    )
    platform.answer = lambda request: next(answers)
    await time.login(platform.url).wait_until_clicked(IDENTITY, SENT, time.tell)
    assert time.slept == [40, 4]
    assert time.shown == [(Progress.BUSY, 600), (Progress.BUSY, 560)]


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (Status(403, content={"error": "You are\x1b banned."}), "refuses: You are banned$"),
        (Status(401), r"refuses with HTTP 401 and does not say why; make sure that \[platform\]"),
        (Status(302, "/other"), "refuses with HTTP 302"),
    ],
)
async def test_a_platform_that_refuses(
    platform: Platform, time: Time, answer: Status, says: str
) -> None:
    """A refusal ends the waiting at once, in the platform's words where it has some."""
    platform.answer = lambda request: answer
    with pytest.raises(LoginRefusedError, match=says):
        await time.login(platform.url).wait_until_clicked(IDENTITY, SENT, time.tell)
    assert time.slept == []


Step = Callable[[Login, Time], Any]

STEPS: dict[str, Step] = {
    "link": lambda login, time: login.request_link(IDENTITY),
    "status": lambda login, time: login.wait_until_clicked(IDENTITY, SENT, time.tell),
    "session": lambda login, time: login.complete(IDENTITY, JWT, time.tell),
}


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("answer", [b"<html>", {}, {"data": []}, {"data": {}}, [1]], ids=range(5))
async def test_answers_that_make_no_sense(
    platform: Platform, time: Time, step: str, answer: object
) -> None:
    """What cannot be used is one clear sentence, and no reason to ask again and again."""
    platform.answer = lambda request: answer
    with pytest.raises(LoginError, match=r"answers with .*; make sure that \[platform\]") as caught:
        await STEPS[step](time.login(platform.url), time)
    assert type(caught.value) is LoginError
    assert time.slept == []


async def test_who_the_bot_is_must_be_said(platform: Platform, time: Time) -> None:
    """Without a user id there is no account."""

    def answer(request: web.Request) -> object:
        if request.path == "/users/self":
            return {"data": {"id": "a_b"}}
        return {"data": {"parseId": "p", "sessionToken": "s", "token": "t"}}

    platform.answer = answer
    with pytest.raises(LoginError, match='"id" has an underscore'):
        await time.login(platform.url).complete(IDENTITY, JWT, time.tell)


# ---- Devices and addresses -----------------------------------------------------------------------


def test_a_new_device() -> None:
    """A bot without an account gets a device that no other has."""
    one, two = Identity.of(BOT), Identity.of(BOT)
    assert (len(one.device_id), len(one.ssaid)) == (32, 16)
    assert one.device_id != two.device_id
    assert one.ssaid != two.ssaid


def test_a_device_is_kept() -> None:
    """Whichever user logs in on a device, it stays what it is; what is missing is made up."""
    known = Account("1_a", from_epoch(0), email="other@example.org", device_id="d", ssaid="s")
    assert Identity.of(BOT, known) == Identity(BOT, "d", "s")
    bare = Identity.of(BOT, Account("1_a", from_epoch(0)))
    assert bare.device_id == "a"
    assert bare.ssaid


def test_which_address() -> None:
    """What is given wins over the login's own address, and that over the platform's."""
    both = PlatformSettings(url="http://a", login_url="http://b")
    assert LoginOptions.of(both, "http://c").url == "http://c"
    assert LoginOptions.of(both).url == "http://b"
    assert LoginOptions.of(PlatformSettings(url="http://a")).url == "http://a"
    with pytest.raises(UsageError, match="no platform to log in to"):
        LoginOptions.of(PlatformSettings())
