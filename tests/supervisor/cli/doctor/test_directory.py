"""What the doctor says of the database and of the account."""

from __future__ import annotations

import json

from meshvisor.features.access.cli.doctor import check
from meshvisor.features.watch_party.cli.doctor import account
from meshvisor.features.watch_party.settings import PlatformSettings
from meshvisor.shared.paths import Home
from meshvisor.shared.settings.model import Settings, default_settings
from meshvisor.supervisor.cli.doctor.finding import Finding, Level
from tests.mongo import forget_sockets

SETTINGS = default_settings()
NEEDS_ACCOUNT = default_settings().replaced(PlatformSettings(url="http://127.0.0.1:1"))


def found(home: Home, settings: Settings = SETTINGS, **fields: object) -> dict[str, Finding]:
    """Return the last finding of each name."""
    status = {"backend": "mongodb", "reachable": True, "admins": 1, "permissions": 0} | fields
    findings = check(home, settings, {"problems": (), **status} if fields else None)
    return {finding.name: finding for finding in (*findings, *account(home, settings))}


def write(home: Home, name: str, content: object, mode: int = 0o600) -> None:
    """Write a file of the configuration."""
    home.config.mkdir(mode=0o700, exist_ok=True)
    path = home.config / name
    path.write_text(json.dumps(content))
    path.chmod(mode)


def test_new_home(home: Home) -> None:
    """SQLite and no account are fine where no platform is configured; nothing is made."""
    said = found(home)
    assert {finding.level for finding in said.values()} == {Level.OK}
    assert not home.database.exists()


def test_mongodb_that_is_not_there(home: Home) -> None:
    """The sentence names the place and not the password."""
    uri = "mongodb://bot:s3cret@127.0.0.1:1/mv"
    options = {"serverSelectionTimeoutMS": 200}
    write(home, "database.json", {"uri": uri, "options": options})
    said = found(home)["directory"]
    forget_sockets()
    assert said.level is Level.FAIL
    assert "127.0.0.1:1" in said.text
    assert "s3cret" not in said.text


def test_password_that_others_may_read(home: Home) -> None:
    """The advice is in the sentence."""
    write(home, "database.json", {"uri": "mongodb://a:b@127.0.0.1:1/mv"}, mode=0o644)
    assert "chmod 600" in found(home)["directory"].text


def test_running_supervisor_is_believed(home: Home) -> None:
    """Its problems are shown; while the database is away they are in the way."""
    problem = "admin_users '7': isActive is missing"
    said = found(home, problems=(problem,))["directory"]
    assert (said.level, said.text) == (Level.WARN, problem)
    said = found(home, problems=("it is away",), reachable=False)["directory"]
    assert said.level is Level.FAIL


def test_account_that_is_needed(home: Home) -> None:
    """A platform without an account asks for a login, and is content with one."""
    assert found(home, NEEDS_ACCOUNT)["account"].advice == "meshvisor login"
    write(home, "credentials.json", {"peerId": "7_bot"})
    assert found(home, NEEDS_ACCOUNT)["account"].text.startswith("7_bot")


def test_account_that_cannot_be_used(home: Home) -> None:
    """A file that is no account is in the way."""
    write(home, "credentials.json", ["peerId"])
    assert found(home, NEEDS_ACCOUNT)["account"].level is Level.FAIL
