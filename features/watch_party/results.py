"""What requests about the platform return: the JSON that `--json` prints (docs/cli.md)."""

from __future__ import annotations

from meshvisor.shared.control.results import Result


class PlatformReport(Result):
    """Answer to `platform`: where the bot's account is."""

    url: str
    """Base of the REST API that logs in; empty: there is none."""
    server: str
