"""`[accounts.NAME]`, `[database]`, and the setting of `[fleet]` that names the database's file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Annotated, Any, Final

from pydantic import AfterValidator, ConfigDict, Field, SecretStr

from meshvisor.shared.model.realm import check_realm
from meshvisor.shared.settings.entry_settings import EntryError, checked_secrets
from meshvisor.shared.settings.location import Location
from meshvisor.shared.settings.model import Settings
from meshvisor.shared.settings.section import ALL, NamedTables, Section, Table
from meshvisor.shared.settings.values import FileName
from meshvisor.shared.transports import (
    BrokenTransportError,
    NoTransportError,
    transport_kind,
)


class AccountSettings(Section):
    """One `[accounts.NAME]` table: an account of the bot on a network that is not the platform.

    What it says beyond this is what its transport asks for (`TransportKind.account`): secret texts.
    """

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, SecretStr]

    transport: str = Field(examples=["program"])
    """What carries the messages of its meshes; see docs/transports.md."""
    realm: Annotated[str, AfterValidator(check_realm)] | None = None
    """Whose admins and permissions hold there; None: one that is called like the account."""

    def fields(self) -> Mapping[str, str]:
        """Return what it holds for its transport, as text; nothing where that is broken.

        Raises:
            EntryError: that is not what the transport asks for.
            NoTransportError: there is no such transport.
        """
        try:
            kind = transport_kind(self.transport)
            model = kind.account_model()
        except BrokenTransportError:
            # Its meshes say where it is used.
            return {}
        if model is None:
            raise EntryError(f"{kind.what} takes no account of these; remove it")
        held = {name: value.get_secret_value() for name, value in (self.model_extra or {}).items()}
        checked = checked_secrets(model, held, what=kind.what, others=AccountSettings.model_fields)
        return {name: text for name, value in checked if (text := _text(value))}


def _text(value: Any) -> str:
    if value is None:
        return ""
    return str(value.get_secret_value() if isinstance(value, SecretStr) else value)


def _check_accounts(settings: Settings) -> Iterator[tuple[Location, str]]:
    for name, account in settings.named(AccountSettings).items():
        try:
            account.fields()
        except NoTransportError as error:
            yield ("accounts", name, "transport"), f"account {name}: {error}"
        except EntryError as error:
            yield ("accounts", name, *error.location), f"account {name}: {error}"


class DatabaseSettings(Section):
    """`[database]`: where the directory is kept."""

    uri: SecretStr = SecretStr("")
    """MongoDB, like mongodb://user:password@host:27017/name; wins over `uri` of the file that
    `fleet.database_config_path` names.  Empty in both: SQLite in var/meshvisor.db."""
    poll_interval: float = Field(5, ge=0.05, le=3600)
    """Seconds between two looks for changes that were made straight in the database."""
    timeout: float = Field(5, ge=0.1, le=60)
    """Seconds that the database has to answer."""


class DatabaseFileSetting(Section):
    """Of `[fleet]`: the file that may name a database."""

    database_config_path: FileName = "config/database.json"
    """Below the home unless absolute."""


SECTIONS: Final = MappingProxyType(
    {
        "accounts": NamedTables(
            model=AccountSettings, position=35, one="account", check=_check_accounts
        ),
        "database": Table(model=DatabaseSettings, position=50, needs_restart=ALL),
        "fleet": Table(
            model=DatabaseFileSetting, position=10, needs_restart=("database_config_path",)
        ),
    }
)
