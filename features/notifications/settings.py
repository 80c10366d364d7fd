"""`[notifications]`, `[channels.NAME]`, `[[recipients]]` and `[templates.NAME]`."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, SecretStr

from meshvisor.features.notifications.model.address import EXAMPLE as URL_EXAMPLE
from meshvisor.features.notifications.model.address import check_address, shown
from meshvisor.features.notifications.model.quiet_hours import EXAMPLE, QuietHours, check_hours
from meshvisor.features.notifications.model.severity import Severity
from meshvisor.features.notifications.model.template import FIELDS, check_template
from meshvisor.features.schedules.model.cron import check_zone
from meshvisor.shared.model.mesh_id import check_mesh_id
from meshvisor.shared.model.user_id import check_user_id
from meshvisor.shared.settings.location import Location
from meshvisor.shared.settings.model import Settings
from meshvisor.shared.settings.section import NamedTables, Section, Table, Tables

DAY: Final = 86_400
YEAR: Final = 365 * DAY

USUAL_RATE: Final = 60
"""Messages in a minute that a channel to people has at most, where its settings do not say."""

CHAT: Final = "chat"
"""The channel that is there without being set up: to a user, in the mesh that it is about."""


def _address(url: SecretStr) -> SecretStr:
    if url.get_secret_value():
        check_address(url.get_secret_value())
    return url


ZoneName = Annotated[str, AfterValidator(lambda name: name and check_zone(name))]
Hours = Annotated[str, AfterValidator(check_hours), Field(examples=[EXAMPLE.strip('"')])]
Template = Annotated[str, AfterValidator(lambda text: check_template(text, FIELDS))]


class NotificationSettings(Section):
    """`[notifications]`: what holds for all of them."""

    alerts: bool = True
    """Whether people are notified of what fails: meshes, jobs, schedules."""
    silent: tuple[str, ...] = ()
    """Kinds of events of which they are not notified, or families: "job.interrupted", "mesh.*"."""
    timezone: ZoneName = "UTC"
    """Name of the zone (IANA) of quiet hours that name none."""
    window: float = Field(300, ge=0, le=DAY)
    """Seconds within which the same is counted and not sent again; 0: each is sent."""
    gather: float = Field(5, ge=0, le=600)
    """Seconds that what fails waits for others that fail with it, to be sent as one."""
    expires: float = Field(3 * DAY, ge=60, le=YEAR)
    """Seconds after which what could not be delivered is given up."""
    keep_days: float = Field(90, gt=0, le=3650)
    """Days that notifications are kept after they have come to an end."""


class ChannelSettings(Section):
    """One `[channels.NAME]` table: a way to people."""

    kind: Literal["url", "mesh", "log"] = "url"
    """A service with an address, the chat of a mesh, or Meshvisor's own log."""
    url: Annotated[SecretStr, AfterValidator(_address)] = SecretStr("")
    """Where: mailtos://user:password@host?to=ann@example.org, slack://…, json://host/path; see
    docs/notifications.md.  A secret."""
    mesh: Annotated[str, AfterValidator(lambda name: name and check_mesh_id(name))] = ""
    """The mesh in whose chat it is said."""
    user: Annotated[str, AfterValidator(lambda name: name and check_user_id(name))] = ""
    """To whom it is said there, alone where the network can; empty: to all in it."""
    enabled: bool = True
    everything: bool = True
    """Whether what is for no user in particular goes here; otherwise only what names it does."""
    severity: Severity = Severity.INFO
    """The least that goes here: info, warning or critical."""
    quiet_hours: Hours = ""
    """From when to when nothing is sent that is not critical; it is sent afterwards."""
    timezone: ZoneName = ""
    """Name of the zone (IANA) of the quiet hours; empty: that of `[notifications]`."""
    digest: float = Field(0, ge=0, le=7 * DAY)
    """Seconds over which what is info is gathered into one message; 0: each is one."""
    rate: int | None = Field(None, ge=0, le=100_000)
    """Messages in a minute at most; 0: as many as there are.  None: 60, and as many as there are
    in Meshvisor's own log."""
    at_once: int = Field(4, ge=1, le=64)
    """Messages that are under way at the same time."""
    timeout: float = Field(30, ge=0.1, le=600)
    """Seconds that the service has for one message."""
    attempts: int = Field(10, ge=1, le=100)
    """Attempts after which a message is given up."""
    title: Template = "{title}"
    text: Template = "{text}"
    """How a message reads here."""

    @property
    def most_in_a_minute(self) -> int:
        """Messages in a minute at most; 0: as many as there are."""
        if self.rate is None:
            return 0 if self.kind == "log" else USUAL_RATE
        return self.rate

    @property
    def address(self) -> str:
        """The address as it may be shown; empty: it has none."""
        if self.kind == "url":
            return shown(self.url.get_secret_value())
        return self.mesh and f"{self.mesh}{self.user and f'/{self.user}'}"

    def hours(self, default_zone: str) -> QuietHours:
        """Return its quiet hours."""
        return QuietHours(self.quiet_hours, self.timezone or default_zone)


class RecipientSettings(Section):
    """One `[[recipients]]` entry: how a user is notified what is for them."""

    user: Annotated[str, AfterValidator(check_user_id), Field(examples=["12345"])]
    """The user's id."""
    channels: tuple[str, ...] = (CHAT,)
    """Names of channels; "chat" is the chat of the mesh that it is about."""
    severity: Severity = Severity.INFO
    """The least that they are notified of."""
    quiet_hours: Hours = ""
    """Beside those of the channels."""
    timezone: ZoneName = ""

    def hours(self, default_zone: str) -> QuietHours:
        """Return their quiet hours."""
        return QuietHours(self.quiet_hours, self.timezone or default_zone)


class TemplateSettings(Section):
    """One `[templates.NAME]` table: words for `notify send --template` and for plug-ins."""

    title: Annotated[str, AfterValidator(check_template), Field(examples=["{who} has won"])]
    text: Annotated[str, AfterValidator(check_template)] = ""


# Not checked: checking would make a validator at each start that nothing else needs.
CHAT_CHANNEL: Final = ChannelSettings.model_construct(kind="mesh", everything=False)


def channels_of(settings: Settings) -> dict[str, ChannelSettings]:
    """Return all channels by name, the one included that is always there."""
    return {CHAT: CHAT_CHANNEL, **settings.named(ChannelSettings)}


def _check_channels(settings: Settings) -> Iterator[tuple[Location, str]]:
    for name, one in settings.named(ChannelSettings).items():
        if one.kind == "url" and not one.url.get_secret_value():
            text = f"channel {name} has no url; write one, such as url = {URL_EXAMPLE}"
            yield ("channels", name), text
        elif one.kind == "mesh" and not one.mesh and name != CHAT:
            text = f'channel {name} names no mesh; write which, such as mesh = "lobby"'
            yield ("channels", name), text


def _check_recipients(settings: Settings) -> Iterator[tuple[Location, str]]:
    known = channels_of(settings)
    for place, one in enumerate(settings.each(RecipientSettings)):
        for name in one.channels:
            if name not in known:
                text = f"recipient {one.user} names a channel {name!r} that there is not"
                yield ("recipients", place, "channels"), f"{text}; known are {', '.join(known)}"


SECTIONS: Final = MappingProxyType(
    {
        "notifications": Table(model=NotificationSettings, position=77),
        "channels": NamedTables(
            model=ChannelSettings, position=78, one="channel", check=_check_channels
        ),
        "recipients": Tables(
            model=RecipientSettings,
            position=79,
            key="user",
            one="recipient",
            check=_check_recipients,
        ),
        "templates": NamedTables(model=TemplateSettings, position=79, one="template"),
    }
)
