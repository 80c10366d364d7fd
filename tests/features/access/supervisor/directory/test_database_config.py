"""Which database keeps the directory, and what is said about a wrong one."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from pydantic import SecretStr

from meshvisor.features.access.settings import DatabaseSettings
from meshvisor.features.access.supervisor.directory.database_config import (
    MongoConfig,
    load_database_config,
    make_config,
)
from meshvisor.features.fleet.settings import FleetSettings
from meshvisor.shared.errors import MissingError, SettingsError
from meshvisor.shared.paths import Home
from meshvisor.shared.settings.model import default_settings

URI = "mongodb://bot:hunter2@db.example.com:27017/fleet"


def _write(home: Home, content: object, mode: int = 0o600) -> None:
    home.config.mkdir(exist_ok=True)
    path = home.config / "database.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    path.chmod(mode)


def _load(home: Home, uri: str = "") -> MongoConfig | None:
    return load_database_config(
        home, default_settings().replaced(DatabaseSettings(uri=SecretStr(uri)))
    )


# ---- Which one -----------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [None, {}, {"uri": ""}, {"options": {"maxPoolSize": 2}}])
def test_sqlite(home: Home, content: object) -> None:
    """Where no server is named it is SQLite."""
    if content is not None:
        _write(home, content)
    assert _load(home) is None


def test_file(home: Home) -> None:
    """The file names the server and the options of the driver."""
    options = {"maxPoolSize": 10, "minPoolSize": 2, "serverSelectionTimeoutMS": 5000}
    _write(home, {"uri": URI, "options": options | {"socketTimeoutMS": 45000}})
    found = _load(home)
    assert found is not None
    assert found.uri.get_secret_value() == URI
    assert found.options == options | {"socketTimeoutMS": 45000}
    assert (found.database, found.place) == ("fleet", "mongodb://db.example.com:27017/fleet")


def test_a_byte_order_mark(home: Home) -> None:
    """Some editors begin a file with one; it is no part of what is written."""
    _write(home, "\ufeff" + json.dumps({"uri": URI}))
    found = _load(home)
    assert found is not None
    assert found.uri.get_secret_value() == URI


def test_settings_win(home: Home) -> None:
    """The URI of the settings wins; the options of the file count for it as well."""
    _write(home, {"uri": URI, "options": {"maxPoolSize": 3}})
    found = _load(home, "mongodb://other")
    assert found is not None
    assert (found.place, found.options) == ("mongodb://other/meshvisor", {"maxPoolSize": 3})


def test_another_file(home: Home) -> None:
    """The settings say which file it is."""
    (home.root / "mongo.json").write_text('{"uri": "mongodb://localhost"}')
    settings = default_settings().replaced(FleetSettings(database_config_path="mongo.json"))
    found = load_database_config(home, settings)
    assert found is not None
    assert found.place == "mongodb://localhost/meshvisor"


@pytest.mark.parametrize(
    ("uri", "place"),
    [
        ("mongodb://h", "mongodb://h/meshvisor"),
        ("mongodb://u:p@a:1,b:2/n?replicaSet=rs", "mongodb://a:1,b:2/n"),
        ("mongodb://u:p%40%2F@h/n", "mongodb://h/n"),
        ("mongodb://[::1]:27017/n", "mongodb://[::1]:27017/n"),
        ("mongodb://%2Ftmp%2Fm.sock/n", "mongodb://%2Ftmp%2Fm.sock/n"),
        ("mongodb+srv://u:p@cluster.example.com/n", "mongodb+srv://cluster.example.com/n"),
        (
            "mongodb+srv://cluster.example.com/?srvMaxHosts=2",
            "mongodb+srv://cluster.example.com/meshvisor",
        ),
    ],
)
def test_place(home: Home, uri: str, place: str) -> None:
    """The place has neither user nor password nor options; no name server is asked."""
    found = _load(home, uri)
    assert found is not None
    assert found.place == place


def test_nothing_secret_is_printed(home: Home) -> None:
    """Neither the URI nor the options show in what is printed."""
    _write(home, {"uri": URI, "options": {"tlsCertificateKeyFilePassword": "hunter3"}})
    assert "hunter" not in repr(_load(home))


# ---- What is wrong -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ('{"uri": "mongodb://u:hunter2@h",}', "line 1: is not valid JSON"),
        ("", "is not valid JSON"),
        ([], "is a list; allowed: an object with uri and options"),
        ({"URI": "mongodb://h"}, "has 'URI'; allowed: uri and options"),
        ({"uri": 5}, "uri is a number; allowed: text like mongodb://"),
        ({"uri": "mongodb://h", "options": []}, "options is a list; allowed: an object"),
        ({"uri": "mongodb://h", "options": {"a": {}}}, "options.a is an object; allowed: text"),
        ({"uri": "mongodb://h", "options": {"poolSize": 5}}, "options.poolSize is '5'"),
        ({"uri": "mongodb://h", "options": {"maxPoolSize": -1}}, "options.maxPoolSize is '-1'"),
        ({"uri": "mongodb://h", "options": {"useNewUrlParser": True}}, "Unknown option"),
        (
            {"uri": "mongodb://h", "options": {"tlsInsecure": True}},
            "certificates that are verified",
        ),
        ({"uri": "http://h"}, "uri is no MongoDB URI ('http://h'); allowed: like mongodb://"),
        ({"uri": "mongodb://"}, "uri is no MongoDB URI"),
        ({"uri": "mongodb://h:port/n"}, "uri cannot be used (Port contains non-digit"),
        ({"uri": "mongodb://h/?foo=1"}, "uri cannot be used (Unknown option: foo"),
        ({"uri": "mongodb://h/?tls=true&tlsInsecure=true"}, "tlsinsecure=true; allowed: cert"),
        ({"uri": "mongodb+srv://a,b"}, "takes one host without a port"),
        ({"uri": "mongodb+srv://a.example.com:27017"}, "takes one host"),
    ],
)
def test_wrong(home: Home, content: object, text: str) -> None:
    """Whatever is wrong is reported with the file, what was found and what is allowed."""
    _write(home, content)
    with pytest.raises(SettingsError) as caught:
        _load(home)
    assert text in str(caught.value)
    assert str(caught.value).startswith(str(home.config / "database.json"))
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "uri",
    [
        "mongodb://u:hunter2/x@h/n",
        "mongodb://u:hunter2:x@h/n",
        "mongodb://u:hunter2?x@h/n",
        "mongodb://u:hunter2@x@h/n?a=b",
        "mongodb://u:hunter2%@h/n",
        "mongodb:/u:hunter2@h/n",
    ],
)
def test_password_is_not_in_the_error(home: Home, uri: str) -> None:
    """A URI whose password breaks it is reported without it."""
    with pytest.raises(SettingsError, match=r"^database\.uri .*written as %XX$") as caught:
        _load(home, uri)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        {"uri": URI},
        {"uri": "mongodb://h/?tlsCertificateKeyFilePassword=x"},
        {"uri": "mongodb://h", "options": {"authMechanismProperties": "AWS_SESSION_TOKEN:x"}},
    ],
)
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644])
def test_loose_mode(home: Home, content: dict[str, Any], mode: int) -> None:
    """A file with a password that others may read is refused with the command that mends it."""
    _write(home, content, mode)
    with pytest.raises(SettingsError, match=r"allowed: 0600: chmod 600 ") as caught:
        _load(home)
    assert f"{mode:04o}" in str(caught.value)


def test_loose_mode_without_secrets(home: Home) -> None:
    """A file that holds no password may be read by all."""
    _write(home, {"uri": "mongodb://localhost:27017/fleet"}, 0o644)
    assert _load(home) is not None


def test_unreadable(home: Home) -> None:
    """A folder in the place of the file is reported as something that cannot be read."""
    (home.config / "database.json").mkdir(parents=True)
    with pytest.raises(MissingError, match="cannot be read"):
        _load(home)


def test_no_driver_without_mongodb(home: Home) -> None:
    """The driver is imported only where MongoDB is configured."""
    program = (
        "import sys; from pathlib import Path; from meshvisor.shared.paths import Home; "
        "from meshvisor.shared.settings.model import default_settings; "
        "from meshvisor.features.access.supervisor.directory import database_config; "
        f"home = Home(Path({str(home.root)!r})); "
        "database_config.load_database_config(home, default_settings()); "
        "sys.exit('pymongo' in sys.modules or 'bson' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize(
    ("uri", "options"),
    [("mongodb://h/x", {"maxPoolSiz": 3}), ("mongodb://h/x?maxPoolSiz=3", {})],
)
def test_unknown_option_without_the_words_for_programmers(uri: str, options: Any) -> None:
    """What the driver says to those who program with it is left out."""
    with pytest.raises(SettingsError) as caught:
        make_config(uri, options, "uri")
    assert "maxpoolsize" in str(caught.value)
    assert "docstring" not in str(caught.value)
    assert "camelCase" not in str(caught.value)


def test_password_among_the_options() -> None:
    """A password in a place where the driver wants none is not repeated."""
    with pytest.raises(SettingsError) as caught:
        make_config("mongodb://h/x", {"password": "s3cret"}, "uri")
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("uri", "options", "has_user"),
    [
        ("mongodb://h/x", {}, False),
        ("mongodb://h/x?appName=a@b", {}, False),
        ("mongodb://ann:pw@h/x", {}, True),
        ("mongodb://h/x", {"authMechanism": "MONGODB-X509"}, True),
    ],
)
def test_whether_a_user_connects(uri: str, options: Any, has_user: bool) -> None:
    """The error of a URI without a user does not speak of one."""
    assert make_config(uri, options, "uri").has_user is has_user
