"""`[accounts.NAME]`: the bot's accounts on other networks than the platform's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from meshvisor.features.access.settings import AccountSettings
from meshvisor.shared.errors import SettingsError
from meshvisor.shared.logs.secrets import without_secrets
from meshvisor.shared.paths import Home
from meshvisor.shared.settings.load import diff, load_settings
from meshvisor.shared.settings.model import Settings
from tests.networks import install
from tests.supervisor.cli.conftest import run_process

SECRET = "correct horse battery"
ACCOUNT = f'[accounts.post]\ntransport = "pigeon"\nuser = "bot"\npassword = "{SECRET}"\n'
MESH = '[[meshes]]\nid = "loft"\ntransport = "pigeon"\naccount = "post"\n'


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home on a machine that has the transport."""
    monkeypatch.syspath_prepend(install(tmp_path / "site"))
    home = Home(tmp_path / "home")
    home.config.mkdir(parents=True)
    return home


def load(home: Home, text: str, environ: Mapping[str, str] | None = None) -> Settings:
    """Load a text as the settings file."""
    home.settings_file.write_text(text)
    home.settings_file.chmod(0o600)
    return load_settings(home, environ or {})


def problem(home: Home, text: str, environ: Mapping[str, str] | None = None) -> str:
    """Return what is wrong with a text, without the folder of the file."""
    with pytest.raises(SettingsError) as caught:
        load(home, text, environ)
    return re.sub(r"^/\S*/(?=meshvisor\.toml)", "", str(caught.value))


def test_an_account(home: Home) -> None:
    """Its transport gets what stands there, and no other sees it."""
    settings = load(home, ACCOUNT + MESH)
    account = settings.named(AccountSettings)["post"]
    assert account.fields() == {"user": "bot", "password": SECRET}
    shown = f"{settings!r} {settings} {settings.model_dump_json()} {account!r}"
    assert SECRET not in shown
    assert "bot" not in shown
    assert SECRET not in without_secrets(f"it said {SECRET}")


def test_two_meshes_of_one_account(home: Home) -> None:
    """Rooms of one network share the bot's account there."""
    load(home, ACCOUNT + MESH + MESH.replace("loft", "tower"))


def test_the_environment_wins(home: Home) -> None:
    """Each field may come from a variable, as text whatever it looks like."""
    environ = {
        "MESHVISOR__ACCOUNTS__POST__PASSWORD": "4711",
        "MESHVISOR__ACCOUNTS__OWL__TRANSPORT": "pigeon",
        "MESHVISOR__ACCOUNTS__OWL__USER": "true",
        "MESHVISOR__ACCOUNTS__OWL__REALM": "night",
    }
    accounts = load(home, ACCOUNT, environ).named(AccountSettings)
    assert accounts["post"].fields() == {"user": "bot", "password": "4711"}
    assert accounts["owl"].fields() == {"user": "true"}
    assert accounts["owl"].realm == "night"


def test_a_change_is_reported_without_its_value(home: Home) -> None:
    """A reload says that accounts have changed, and no more."""
    before = load(home, ACCOUNT)
    assert diff(before, load(home, ACCOUNT.replace(SECRET, "other"))) == ("accounts",)
    assert diff(before, load(home, ACCOUNT)) == ()


def test_the_file_is_for_its_owner_only(home: Home) -> None:
    """What an account holds stops the start where others may read it; its transport does not."""
    home.settings_file.write_text(ACCOUNT)
    home.settings_file.chmod(0o640)
    with pytest.raises(SettingsError) as caught:
        load_settings(home, {})
    assert str(caught.value) == (
        f"{home.settings_file}:3: accounts.post.user is a secret, and others may use the file "
        f"(mode 0640); run: chmod 600 {home.settings_file}"
    )
    home.settings_file.write_text('[accounts.post]\ntransport = "pigeon"\n')
    load_settings(home, {"MESHVISOR__ACCOUNTS__POST__USER": "bot"})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            MESH,
            (
                "4: mesh loft: there is no account 'post'; add it as [accounts.post], or leave "
                "account out"
            ),
        ),
        (
            ACCOUNT + MESH.replace('"post"', '"pots"'),
            "8: mesh loft: there is no account 'pots'; did you mean post?",
        ),
        (
            ACCOUNT + MESH.replace('transport = "pigeon"\n', ""),
            (
                "7: mesh loft: the account post is one for the transport pigeon, and the mesh has "
                "the transport watch-party"
            ),
        ),
        (
            ACCOUNT.replace("user", "usr"),
            "3: account post: unknown setting usr; did you mean user?",
        ),
        (
            '[accounts.post]\ntransport = "pigeon"\n',
            "1: account post: user is missing, which a pigeon post needs",
        ),
        (
            '[accounts.post]\ntransport = "pigeons"\n',
            "2: account post: there is no transport 'pigeons'; did you mean pigeon?",
        ),
        (
            '[accounts.post]\ntransport = "watch-party"\n',
            "1: account post: a watch-party room takes no account of these; remove it",
        ),
        (
            ACCOUNT.replace(f'"{SECRET}"', "4711"),
            '4: accounts.post.password is "********"; allowed: text',
        ),
        (
            ACCOUNT.replace("accounts.post", "accounts.Post"),
            (
                "1: [accounts.Post] is no name of an account: 1 to 32 small letters (a-z) and "
                "digits, with single - or _ between"
            ),
        ),
        (
            ACCOUNT + 'realm = "a/b"\n',
            (
                "5: 'a/b' names no realm: 1 to 32 small letters (a-z) and digits, with single - "
                "or _ between, such as irc; or empty: the platform's own"
            ),
        ),
        (
            '[accounts.irc]\ntransport = "program"\nname = "x"\n',
            "1: account irc: name is what stands behind the dot of [accounts.NAME]; rename it",
        ),
        (f'accounts = "{SECRET}"\n', '1: accounts is "********"; allowed: tables with names'),
        (f'[[accounts]]\npassword = "{SECRET}"\n', "1: accounts is "),
    ],
)
def test_what_is_wrong(home: Home, text: str, said: str) -> None:
    """One sentence with the line, and without anything secret."""
    says = problem(home, text)
    assert says.startswith(f"meshvisor.toml:{said}")
    assert SECRET not in says
    assert "\n" not in says


def test_a_wrong_variable(home: Home) -> None:
    """What comes from the environment is named by its variable."""
    says = problem(home, "", {"MESHVISOR__ACCOUNTS__POST__TRANSPORT": "pigeons"})
    assert says.startswith("MESHVISOR__ACCOUNTS__POST__TRANSPORT: account post: there is no")
    says = problem(home, "", {"MESHVISOR__PLATFORM__API__KEY": "x"})
    assert says.startswith("MESHVISOR__PLATFORM__API__KEY: settings are named")


def test_shown_at_the_command_line(home: Home) -> None:
    """`config show` names the account and its transport, and hides the rest."""
    load(home, ACCOUNT + MESH)
    site = str(home.root.parent / "site")
    shown = run_process("config", "show", "--home", home.root, PYTHONPATH=site).out
    assert '[accounts.post]\ntransport = "pigeon"\n' in shown
    assert SECRET not in shown
