"""Who logs in, where, and what is said meanwhile.

Owns the values that `login` is given and gives.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from enum import StrEnum

import msgspec

from meshvisor.features.access.supervisor.directory.model import Account
from meshvisor.features.watch_party.settings import PlatformSettings
from meshvisor.shared.errors import UsageError


class Progress(StrEnum):
    """What logging in waits for."""

    CLICK = "click"
    """The click on the link."""
    UNREACHABLE = "unreachable"
    """The platform cannot be reached and is tried again."""
    BUSY = "busy"
    """The platform has asked to be left alone for a while."""
    FINISHING = "finishing"
    """The link was clicked; the rest takes no time."""


Notify = Callable[[Progress, float], None]
"""Called with what is waited for, and for how many seconds at most."""


class Identity(msgspec.Struct, frozen=True):
    """Who wants to log in, and on which device: platforms recognise both."""

    email: str
    device_id: str
    ssaid: str

    @classmethod
    def of(cls, email: str, known: Account | None = None) -> Identity:
        """Return the device of a known account, or a new one, for an e-mail address.

        The device stays the same for life, whichever account logs in on it.
        """
        device_id = known.device_id or known.peer_id.partition("_")[2] if known else ""
        ssaid = known.ssaid if known else ""
        return cls(email, device_id or secrets.token_hex(16), ssaid or secrets.token_hex(8))


class LoginOptions(msgspec.Struct, frozen=True):
    """Where and how long is asked."""

    url: str
    """Base of the addresses, without a slash at its end."""
    platform: PlatformSettings
    """Paths, keys and times; its own addresses are not looked at."""

    @classmethod
    def of(cls, platform: PlatformSettings, url: str = "") -> LoginOptions:
        """Return those of the settings; `url` replaces the address.

        Raises:
            UsageError: there is no address.
        """
        if not (address := url or platform.login_url or platform.url):
            raise UsageError(
                "there is no platform to log in to; set url in section [platform] of the settings, "
                "or name it with --url"
            )
        return cls(address, platform)
