"""The messages to workers, in frames that are made once for all of them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import SecretStr

from meshvisor.features.access.settings import AccountSettings
from meshvisor.features.access.supervisor.accounts import Accounts, of_platform
from meshvisor.features.access.supervisor.directory.access import AccessTable
from meshvisor.features.access.supervisor.directory.model import Account
from meshvisor.features.access.supervisor.initial_state import InitialState
from meshvisor.shared.protocol.codec import Codec
from meshvisor.shared.protocol.frames import MAX_FRAME
from meshvisor.shared.protocol.to_worker import TO_WORKER, RefreshAdmins, RefreshPermissions
from meshvisor.shared.settings.model import default_settings
from tests.directories import DEVICE_SECRET, SESSION, TOKEN, account


def read(frames: Any) -> dict[str, dict[str, Any]]:
    """Return frames by their type."""
    return {message["type"]: message for message in map(json.loads, frames)}


def test_everything() -> None:
    """A new worker gets the account, the admins and the permissions, each in one frame."""
    initial_state = InitialState()
    assert initial_state.frames() == ()
    initial_state.update(AccessTable(frozenset({"1"}), {"ping": True}), of_platform(account()))
    sent = read(initial_state.frames())
    assert sent["refresh_credentials"]["credentials"] == {
        "peer_id": "12345_phone",
        "auth_token": TOKEN,
    }
    assert sent["refresh_admins"]["admins"] == ["1"]
    assert sent["refresh_permissions"]["requires_admin"] == {"ping": True}


def test_no_more_than_is_needed() -> None:
    """Workers do not get what only a login needs."""
    initial_state = InitialState()
    initial_state.update(AccessTable(), of_platform(account()))
    text = b"".join(initial_state.frames()).decode()
    assert not any(secret in text for secret in (SESSION, DEVICE_SECRET, "bot@example.com"))


ONE, TWO = account("old"), account("new")


@pytest.mark.parametrize(
    ("now", "credentials", "type_"),
    [
        (AccessTable(frozenset({"1"}), {}), ONE, "refresh_admins"),
        (AccessTable(frozenset(), {"ping": True}), ONE, "refresh_permissions"),
        (AccessTable(), TWO, "refresh_credentials"),
    ],
)
def test_only_what_has_changed(now: AccessTable, credentials: Account, type_: str) -> None:
    """Living workers get that; new ones still get everything, of the newest state."""
    initial_state = InitialState()
    initial_state.update(AccessTable(), of_platform(ONE))
    changed = initial_state.update(now, of_platform(credentials))
    assert list(read(changed)) == [type_]
    assert len(initial_state.frames()) == 3
    assert changed[0] in initial_state.frames()
    assert initial_state.update(now, of_platform(credentials)) == []


def test_an_account_of_the_settings() -> None:
    """Its worker gets its name and what it holds, as text."""
    initial_state = InitialState()
    settings = default_settings().model_copy(
        update={
            "accounts": {"irc": AccountSettings(transport="program", password=SecretStr(SESSION))}
        }
    )
    initial_state.update(AccessTable(), Accounts(settings).credentials("irc"))
    assert read(initial_state.frames())["refresh_credentials"]["credentials"] == {
        "peer_id": "",
        "auth_token": "",
        "account": "irc",
        "fields": {"password": SESSION},
    }


def test_many() -> None:
    """Ten thousand admins with long ids and a thousand permissions fit, and are understood."""
    admins = frozenset(f"{n:05}-0000-4000-8000-{'f' * 20}" for n in range(10_000))
    permissions = {f"{'c' * 28}{n:04}": bool(n % 2) for n in range(1000)}
    initial_state = InitialState()
    initial_state.update(AccessTable(admins, permissions), of_platform(account()))
    frames = initial_state.frames()
    assert all(len(frame) <= MAX_FRAME for frame in frames)
    codec: Codec = Codec(TO_WORKER)
    messages = [codec.decode(frame.rstrip(b"\n")) for frame in frames]
    assert [m.admins for m in messages if isinstance(m, RefreshAdmins)] == [admins]
    sent = [m.requires_admin for m in messages if isinstance(m, RefreshPermissions)]
    assert sent == [permissions]


def test_too_many(caplog: pytest.LogCaptureFixture) -> None:
    """What does not fit is reported; the old frame holds, and everything else is sent."""
    initial_state = InitialState()
    initial_state.update(AccessTable(frozenset({"1"}), {}), of_platform(account()))
    crowd = frozenset(f"{n:064}" for n in range(20_000))
    frames = initial_state.update(AccessTable(crowd, {"ping": True}), of_platform(account("new")))
    assert sorted(read(frames)) == ["refresh_credentials", "refresh_permissions"]
    sent = read(initial_state.frames())
    assert sent["refresh_admins"]["admins"] == ["1"]
    assert sent["refresh_credentials"]["credentials"]["auth_token"] == "new"
    assert "refresh_admins is too long for one message, workers keep what they know" in caplog.text
    assert TOKEN not in caplog.text
