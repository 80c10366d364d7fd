"""Which database keeps the directory.

Owns the decision and `config/database.json`.  Does not own the databases
(`features.access.supervisor.directory.mongodb`, `features.access.supervisor.directory.sqlite`).
Called at every start, by `meshvisor config check` and `meshvisor doctor`.  The driver, which costs
100 ms and 10 MB, is imported only where MongoDB is configured.
"""

from __future__ import annotations

import json
import re
import stat
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, quote_plus, unquote_plus

from pydantic import SecretStr

from meshvisor.features.access.settings import DatabaseFileSetting, DatabaseSettings
from meshvisor.shared.errors import SettingsError
from meshvisor.shared.home_files import read_file, unreadable
from meshvisor.shared.logs.secrets import remember
from meshvisor.shared.paths import Home
from meshvisor.shared.settings.model import Settings
from meshvisor.shared.single_user import for_others

DEFAULT_DATABASE: Final = "meshvisor"
"""Where the URI names none."""

LARGEST: Final = 1024 * 1024
"""Bytes of the file that are read; a server and its options need less than a thousandth."""

Option = str | int | float | bool

EXAMPLE: Final = "mongodb://user:password@host:27017/name"

_ALLOWED: Final = (
    f"allowed: like {EXAMPLE} or mongodb+srv://…, with whatever is not a letter or digit in user "
    "and password written as %XX"
)
_URI: Final = re.compile(
    r"(?P<scheme>mongodb(?:\+srv)?://)(?P<user>[^/?]*@)?(?P<hosts>[^/?@]+)"
    r"(?:/(?P<database>[^?]*))?(?:\?.*)?",
    re.DOTALL,
)
_FOR_PROGRAMMERS: Final = re.compile(
    r"\s*(?:or maybe a camelCase version of one)?\?\s*Refer to docstring\.?"
)
_SECRET_OPTIONS: Final = frozenset({"authmechanismproperties", "tlscertificatekeyfilepassword"})
_WEAK_OPTIONS: Final = frozenset(
    {"tlsinsecure", "tlsallowinvalidcertificates", "tlsallowinvalidhostnames"}
)


@dataclass(frozen=True, slots=True)
class MongoConfig:
    """A MongoDB server from the configuration."""

    uri: SecretStr
    options: Mapping[str, Option] = field(default_factory=dict, repr=False)
    """What is passed to the driver beside the URI, by its names there; wins over the URI's."""
    database: str = DEFAULT_DATABASE
    place: str = ""
    """The URI without user, password and options."""
    source: str = "the database's URI"
    """Where it stands, and the options, for messages."""

    @property
    def has_user(self) -> bool:
        """Whether the URI, or an option, says who connects."""
        address = self.uri.get_secret_value().partition("://")[2].partition("?")[0]
        return "@" in address or "authmechanism" in map(str.lower, self.options)

    def __post_init__(self) -> None:
        user = self.uri.get_secret_value().partition("://")[2].rpartition("@")[0]
        password = user.partition(":")[2]
        remember((password, unquote_plus(password)))


def load_database_config(home: Home, settings: Settings) -> MongoConfig | None:
    """Return the server that keeps the directory; None: SQLite in `var/meshvisor.db`.

    `database.uri` of the settings wins over `uri` of the file; the file's `options` count for
    both.

    Raises:
        SettingsError: the file or the URI is not what it should be; says where, what was found
            and what is allowed.
        MissingError: the file is there and cannot be read.
    """
    path = home.below(settings.of(DatabaseFileSetting).database_config_path)
    content = _read(path)
    given = settings.of(DatabaseSettings).uri.get_secret_value()
    uri, source = (given, "database.uri") if given else (content.uri, f"{path}: uri")
    return make_config(uri, content.options, source, f"{path}: options") if uri else None


def make_config(
    uri: str, options: Mapping[str, Option], source: str, options_source: str = "options"
) -> MongoConfig:
    """Return the server that a URI and options name.

    Args:
        uri: like `EXAMPLE`.
        options: of the driver.
        source: where the URI stands, for messages.
        options_source: the same for the options.

    Raises:
        SettingsError: the URI or an option is not what it should be.
    """
    checked = _check(uri, source, options, options_source)
    # Of one file there is one thing to say.
    both = (
        options_source
        if options_source.startswith(source.partition(": ")[0])
        else (f"{source} with {options_source}")
    )
    return MongoConfig(SecretStr(uri), options, *checked, both if options else source)


# ---- The file ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _File:
    uri: str = field(default="", repr=False)
    options: Mapping[str, Option] = field(default_factory=dict, repr=False)


def _read(path: Path) -> _File:
    try:
        data, status = read_file(path, LARGEST)
        mode, text = stat.S_IMODE(status.st_mode), data.decode("utf-8-sig")
    except FileNotFoundError:
        return _File()
    except OSError as error:
        raise unreadable(path, error) from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path} is not UTF-8 ({error.reason}); correct or remove it") from None
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        # Without the text around the place: it may be the password.
        where = f", line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise SettingsError(f"{path}{where}: is not valid JSON; correct or remove it") from None
    content = _File(*_fields(path, data))
    if for_others(mode) and _holds_secret(content):
        raise SettingsError(
            f"{path} holds a password and others may read it (mode {mode:04o}); "
            f"allowed: 0600: chmod 600 {path}"
        )
    return content


def _fields(path: Path, data: Any) -> Iterator[Any]:
    if not isinstance(data, dict):
        raise SettingsError(f"{path}: is {_kind(data)}; allowed: an object with uri and options")
    for name in data.keys() - {"uri", "options"}:
        raise SettingsError(f"{path}: has {name!r:.80}; allowed: uri and options")
    uri, options = data.get("uri", ""), data.get("options", {})
    if not isinstance(uri, str):
        raise SettingsError(f"{path}: uri is {_kind(uri)}; allowed: text like {EXAMPLE}")
    if not isinstance(options, dict):
        raise SettingsError(f"{path}: options is {_kind(options)}; allowed: an object")
    for name, value in options.items():
        if not isinstance(value, str | int | float):
            raise SettingsError(
                f"{path}: options.{name:.80} is {_kind(value)}; allowed: text, a number, true or "
                "false"
            )
    yield uri
    yield options


def _holds_secret(content: _File) -> bool:
    match = _URI.fullmatch(content.uri)
    # One that cannot be understood may hold one.
    has_password = ":" in (match["user"] or "") if match else bool(content.uri)
    in_uri = any(f"{name}=" in content.uri.lower() for name in _SECRET_OPTIONS)
    in_options = any(name.lower() in _SECRET_OPTIONS for name in content.options)
    return has_password or in_uri or in_options


def _kind(value: object) -> str:
    words = {dict: "an object", list: "a list", str: "text", bool: "true or false"}
    return "null" if value is None else words.get(type(value), "a number")


# ---- The URI and the options ---------------------------------------------------------------------


def _check(
    uri: str, source: str, options: Mapping[str, Option], options_source: str
) -> tuple[str, str]:
    """Return the name of the database and the place, once the driver finds nothing wrong."""
    match = _URI.fullmatch(uri)
    if match is None:
        found = uri if "@" not in uri and len(uri) <= 200 else "something else"
        raise SettingsError(f"{source} is no MongoDB URI ({found!r}); {_ALLOWED}")
    _check_options(options, options_source)
    problem = _complaint(uri)
    if problem is not None:
        raise SettingsError(f"{source} cannot be used ({_harmless(problem, uri)}); {_ALLOWED}")
    for name in _WEAK_OPTIONS:
        if re.search(rf"[?&;]{name}=true", uri, re.IGNORECASE):
            raise SettingsError(f"{source} has {name}=true; {_VERIFIED}")
    database = unquote_plus(match["database"] or "").partition(".")[0] or DEFAULT_DATABASE
    return database, f"{match['scheme']}{match['hosts']}/{quote(database)}"


_VERIFIED: Final = "allowed: certificates that are verified, if need be with tlsCAFile"


def _check_options(options: Mapping[str, Option], source: str) -> None:
    for name, value in options.items():
        text = str(value).lower() if isinstance(value, bool) else str(value)
        if name.lower() in _WEAK_OPTIONS and text.lower() == "true":
            raise SettingsError(f"{source}.{name} is true; {_VERIFIED}")
        # The same rules hold for an option in a URI, and those can be asked for one by one.
        problem = _complaint(f"mongodb://localhost/?{quote_plus(name)}={quote_plus(text)}")
        if problem is None:
            continue
        secret = name.lower() in _SECRET_OPTIONS or "pass" in name.lower()
        shown = "" if secret else f" is {text[:80]!r}, and the driver says: {problem}"
        raise SettingsError(
            f"{source}.{name:.80}{shown or ' cannot be used'}; allowed: the options of a MongoDB "
            "URI, such as maxPoolSize, minPoolSize, serverSelectionTimeoutMS, socketTimeoutMS"
        )


def _complaint(uri: str) -> str | None:
    """Return what the driver has against a URI; None: nothing.  Asks no name server."""
    from pymongo.errors import PyMongoError
    from pymongo.uri_parser import parse_uri

    if uri.startswith("mongodb+srv://"):
        # The parser would look the name up, on the loop; all else is checked the same way.
        hosts = uri.partition("?")[0].partition("://")[2].rpartition("@")[2]
        if re.search(r"[,:]", hosts.partition("/")[0]):
            return "mongodb+srv:// takes one host without a port"
        uri = uri.replace("mongodb+srv://", "mongodb://", 1)
        uri = re.sub(r"(?<=[?&;])srv\w+=[^&;]*[&;]?", "", uri, flags=re.IGNORECASE)
    try:
        # What it leaves out with a warning is reported when the client is made (`mongodb_client`).
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            parse_uri(uri, warn=False)
    except (PyMongoError, ValueError, TypeError, OSError) as error:
        return of_driver(error)
    return None


def of_driver(error: Exception) -> str:
    """Return the driver's message, without its advice to developers."""
    return _FOR_PROGRAMMERS.sub("?", str(error))


def _harmless(problem: str, uri: str) -> str:
    # The driver repeats parts of a URI, and where the password is, is what it did not understand.
    return "the driver does not understand it" if "@" in uri else problem[:200]
