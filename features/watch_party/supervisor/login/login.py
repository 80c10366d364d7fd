"""Logging the bot in to a mesh platform: by a link in a mail, and later without one.

Owns the steps and how long each is tried.  Does not own the terminal
(`features.watch_party.cli.login`), the shapes of the answers (`answers`) nor keeping the account
(`features.access.supervisor.directory`).

    login = Login(LoginOptions.of(settings.of(PlatformSettings)))
    sent = await login.request_link(identity)
    jwt = await login.wait_until_clicked(identity, sent, tell)
    account = await login.complete(identity, jwt, tell)
    ...
    account = await login.renew(account)    # a new token without a link
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final, TypeVar

from pydantic import SecretStr

from meshvisor.features.access.supervisor.directory.model import Account, from_epoch
from meshvisor.features.watch_party.supervisor.login.answers import (
    LinkSent,
    LinkState,
    LinkStatus,
    Session,
    ShapeError,
    read_link,
    read_session,
    read_status,
    read_token,
    read_user_id,
)
from meshvisor.features.watch_party.supervisor.login.errors import (
    LinkExpiredError,
    LoginRefusedError,
    SessionExpiredError,
    explained,
    is_busy,
)
from meshvisor.features.watch_party.supervisor.login.options import (
    Identity,
    LoginOptions,
    Notify,
    Progress,
)
from meshvisor.shared.clock import Clock, SystemClock
from meshvisor.supervisor.platform.errors import ApiError, StatusError
from meshvisor.supervisor.platform.http_client import HttpClient
from meshvisor.supervisor.platform.json_api import JsonApi
from meshvisor.supervisor.platform.signing import Keys

LONGEST_PAUSE: Final = 30.0
"""Seconds between two tries to reach a platform that is away; each doubles the pause before."""

FINISH_DEADLINE: Final = 60.0
"""Seconds that the platform has to do its part once the link was clicked."""

T = TypeVar("T")

Sleep = Callable[[float], Awaitable[None]]
"""Waits for some seconds; a test passes one of its own."""


class Login:
    """Logs in; keeps nothing.

    Every method raises `LoginUnavailableError` when the platform cannot be asked and `LoginError`
    when it answers with something that makes no sense.

    Args:
        options: where and how long is asked.
        clock: of deadlines and of the account.
        sleep: waits between two tries.
    """

    def __init__(
        self, options: LoginOptions, clock: Clock | None = None, sleep: Sleep = asyncio.sleep
    ) -> None:
        self._options = options
        self._settings = options.platform
        self._clock = clock or SystemClock()
        self._sleep = sleep
        self._api = self._make_api(None)

    # ---- By a link ---------------------------------------------------------------------------

    async def request_link(self, identity: Identity) -> LinkSent:
        """Have the platform send a link.

        Raises:
            LoginRefusedError: it does not, such as for an address that it does not know.
        """
        content = {"email": identity.email, "deviceId": identity.device_id}
        try:
            return await self._post(self._settings.login_link_path, content, read_link)
        except ApiError as error:
            raise explained(error, self._api.name) from error

    async def wait_until_clicked(
        self, identity: Identity, sent: LinkSent, notify: Notify
    ) -> SecretStr:
        """Return what the click has earned, when it comes.

        A platform that is away in between is tried again and again.

        Raises:
            LinkExpiredError: the link was not clicked in time.
            LoginRefusedError: the owner of the mailbox said no, or the platform does.
        """
        timeout = self._settings.login_timeout
        deadline = self._clock.monotonic() + min(timeout, sent.expires_in or timeout)
        try:
            while True:
                status = await self._persist(lambda: self._ask_status(sent), deadline, notify)
                if status.state is LinkState.AUTHENTICATED:
                    return status.jwt
                if status.state is LinkState.REFUSED:
                    raise LoginRefusedError(
                        f"the owner of {identity.email} has refused the link; make sure that "
                        "the address is right, and run 'meshvisor login' again"
                    )
                left = deadline - self._clock.monotonic()
                if status.state is LinkState.EXPIRED or left <= 0:
                    raise _expired(identity)
                notify(Progress.CLICK, left)
                await self._sleep(min(self._settings.login_poll_interval, left))
        except StatusError as error:
            if error.status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
                raise _expired(identity) from error
            raise explained(error, self._api.name) from error
        except ApiError as error:
            raise explained(error, self._api.name) from error

    async def complete(self, identity: Identity, jwt: SecretStr, notify: Notify) -> Account:
        """Turn a click into an account.

        Raises:
            LoginRefusedError: the platform has changed its mind.
        """
        deadline = self._clock.monotonic() + FINISH_DEADLINE
        notify(Progress.FINISHING, FINISH_DEADLINE)
        try:
            session = await self._persist(lambda: self._open_session(jwt), deadline, notify)
            return await self._persist(lambda: self._log_in(identity, session), deadline, notify)
        except ApiError as error:
            raise explained(error, self._api.name) from error

    # ---- Without a link ----------------------------------------------------------------------

    async def renew(self, account: Account) -> Account:
        """Return the account with a new token, by the session that it has; tried once.

        Raises:
            SessionExpiredError: the platform does not take the session any more.
        """
        identity = Identity.of(account.email, account)
        session = Session(account.parse_id, account.parse_token)
        if not session.parse_id or not session.token.get_secret_value():
            raise _no_session(account, "none is stored")
        try:
            token = await self._get_token(identity, session)
        except StatusError as error:
            if error.transient or is_busy(error):
                raise explained(error, self._api.name) from error
            raise _no_session(account, error.said or f"HTTP {error.status}") from error
        except ApiError as error:
            raise explained(error, self._api.name) from error
        try:
            return await self._account(identity, session, token)
        except ApiError as error:
            raise explained(error, self._api.name) from error

    # ---- Private: steps ----------------------------------------------------------------------

    async def _ask_status(self, sent: LinkSent) -> LinkStatus:
        path = self._settings.login_status_path
        return await self._read(
            self._api, lambda client: self._api.get(client, path, {"id": sent.id}), read_status
        )

    async def _open_session(self, jwt: SecretStr) -> Session:
        content = {"jwt": jwt.get_secret_value()}
        return await self._post(self._settings.login_session_path, content, read_session)

    async def _log_in(self, identity: Identity, session: Session) -> Account:
        token = await self._get_token(identity, session)
        return await self._account(identity, session, token)

    async def _get_token(self, identity: Identity, session: Session) -> SecretStr:
        content = {
            "parseId": session.parse_id,
            "parseToken": session.token.get_secret_value(),
            "deviceId": identity.device_id,
            "ssaid": identity.ssaid,
        }
        return await self._post(self._settings.login_path, content, read_token)

    async def _account(self, identity: Identity, session: Session, token: SecretStr) -> Account:
        api = self._make_api(token)
        path = self._settings.self_path
        user_id = await self._read(api, lambda client: api.get(client, path), read_user_id)
        return Account(
            peer_id=f"{user_id}_{identity.device_id}",
            updated_at=from_epoch(self._clock.wall()),
            email=identity.email,
            device_id=identity.device_id,
            ssaid=identity.ssaid,
            parse_id=session.parse_id,
            parse_token=session.token,
            auth_token=token,
            user_id=user_id,
        )

    # ---- Private: asking ---------------------------------------------------------------------

    def _make_api(self, token: SecretStr | None) -> JsonApi:
        keys = Keys.of(self._settings)
        return JsonApi("the platform", self._options.url, token, keys=keys, clock=self._clock)

    async def _post(self, path: str, content: dict[str, str], read: Callable[[object], T]) -> T:
        return await self._read(
            self._api, lambda client: self._api.post(client, path, content), read
        )

    async def _read(
        self,
        api: JsonApi,
        ask: Callable[[HttpClient], Awaitable[object]],
        read: Callable[[object], T],
    ) -> T:
        """Ask over a connection of its own: between two questions minutes may pass."""
        async with api.connected() as client:
            body = await ask(client)
        try:
            return read(body)
        except ShapeError as error:
            raise api.unusable(str(error)) from None

    async def _persist(
        self, step: Callable[[], Awaitable[T]], deadline: float, notify: Notify
    ) -> T:
        """Return what a step returns, tried until the deadline while the platform is away."""
        pause = self._settings.login_poll_interval
        while True:
            try:
                return await step()
            except ApiError as error:
                busy = is_busy(error)
                left = deadline - self._clock.monotonic()
                if not (error.transient or busy) or left <= 0:
                    raise
                wanted = error.retry_after if isinstance(error, StatusError) else None
            notify(Progress.BUSY if busy else Progress.UNREACHABLE, left)
            await self._sleep(min(max(pause, wanted or 0.0), left))
            pause = min(2 * pause, LONGEST_PAUSE)


def _expired(identity: Identity) -> LinkExpiredError:
    return LinkExpiredError(
        f"the link for {identity.email} has expired; run 'meshvisor login' for another one"
    )


def _no_session(account: Account, why: str) -> SessionExpiredError:
    whose = f"the session of {account.email or account.peer_id}"
    return SessionExpiredError(
        f"{whose} is not valid any more ({why}); run 'meshvisor login'",
        in_room="the bot's session is not valid any more; its operator has to log it in again",
    )
