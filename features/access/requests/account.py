"""The bot's account: `credentials_show`, `credentials_save`, `credentials_keep`, `relogin`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from meshvisor.features.access.results import CredentialsReport, ReloginReport
from meshvisor.features.access.supervisor.administration.session import Session, parse_account
from meshvisor.shared.control.request import Request
from meshvisor.supervisor.control.handling import Call, handles


class ShowCredentials(Request):
    """The bot's account, without its secrets."""

    type: Literal["credentials_show"] = "credentials_show"


@handles(ShowCredentials, offline=True)
async def show_credentials(_request: ShowCredentials, call: Call) -> CredentialsReport:
    """Return it; of secrets only whether there are."""
    return call.need(Session).show()


class SaveCredentials(Request):
    """Use a new account, such as that of a login; workers connect with it from now on."""

    type: Literal["credentials_save"] = "credentials_save"
    account: Mapping[str, str | int] = Field(repr=False)
    """The fields of `config/credentials.json`."""


@handles(SaveCredentials, offline=True)
async def save_credentials(request: SaveCredentials, call: Call) -> CredentialsReport:
    """Save in the file and in the directory, and tell all workers.

    Raises:
        UsageError: it is no account.
    """
    return await call.need(Session).save(parse_account(request.account), call.actor)


class KeepCredentials(Request):
    """Settle a conflict between the two copies of the credentials."""

    type: Literal["credentials_keep"] = "credentials_keep"
    copy_of: Literal["file", "directory"]


@handles(KeepCredentials, offline=True)
async def keep_credentials(request: KeepCredentials, call: Call) -> CredentialsReport:
    """Use one copy and replace the other."""
    return await call.need(Session).keep(request.copy_of, call.actor)


class Relogin(Request):
    """Renew the session and have all bots join their rooms again, one after another."""

    type: Literal["relogin"] = "relogin"


@handles(Relogin)
async def relogin(_request: Relogin, call: Call) -> ReloginReport:
    """Begin; answered when the session is renewed."""
    return await call.need(Session).relogin(call.actor)
