"""What the supervisor says of the bot's account, by codes (`shared.wording`)."""

from __future__ import annotations

from typing import Final

from meshvisor.shared.wording import Wording

NO_ACCOUNT: Final = Wording("access.no_account", "there is no account yet: meshvisor login")
