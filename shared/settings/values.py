"""Types of values that settings of several owners have: addresses, files, modules, keys.

Owns what each may look like and the sentence about one that does not.  A message of a validator
that begins with "must" is put behind the setting's name and value.
"""

from __future__ import annotations

from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic.fields import FieldInfo

from meshvisor.shared.model.mesh_id import check_mesh_id

_SENT_ANYWAY: Final = frozenset(
    {
        *("accept", "accept-encoding", "authorization", "connection", "content-length"),
        *("content-type", "host", "proxy-authorization", "transfer-encoding", "user-agent"),
    }
)
"""Headers that requests have whatever the settings say; two with one name confuse servers."""


def check_web_socket(address: str) -> str:
    """Return the address of a WebSocket server without slashes at its end.

    Raises:
        ValueError: it is none; the message begins with "must".
    """
    if _scheme(address) not in {"ws", "wss"}:
        raise ValueError("must be like ws://host:port or wss://host, without user, query or blanks")
    return address.rstrip("/")


def _web(address: str) -> str:
    if address and _scheme(address) not in {"http", "https"}:
        raise ValueError("must be like https://host, or empty, without user, query or blanks")
    return address.rstrip("/")


def _scheme(address: str) -> str | None:
    # `urlsplit` drops tabs and newlines without a word, and finds a wrong port only when asked.
    if not address.isprintable() or " " in address:
        return None
    try:
        parts = urlsplit(address)
        usable = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    if "@" in parts.netloc or parts.fragment or parts.query:
        return None
    return parts.scheme if usable else None


def _path(path: str) -> str:
    # Printable ASCII is all that a request line can hold; a query is added by the client.
    if not path.isascii() or not path.isprintable() or not set(path).isdisjoint(" ?#"):
        raise ValueError("must be a path like /users/self, without query or blanks")
    if not path.startswith("/") or path.startswith("//"):
        raise ValueError("must begin with one slash, like /users/self")
    return path


def _header(name: str) -> str:
    if name.lower() in _SENT_ANYWAY:
        raise ValueError("must be a header that no request has anyway, such as X-Api-Key")
    return name


def _key(key: SecretStr) -> SecretStr:
    text = key.get_secret_value()
    if not text.isascii() or not text.isprintable() or text != text.strip():
        raise ValueError("must be printable ASCII without blanks around it")
    return key


def _file(name: str) -> str:
    # These files are replaced as a whole: a mistyped path must not hit those of another program.
    if not name.isprintable() or not name.removesuffix(".json").strip() or name[-5:] != ".json":
        raise ValueError("must name a file that ends in .json, below the home unless absolute")
    return name


def is_file(field: FieldInfo) -> bool:
    """Say whether a setting is a `FileName`."""
    return any(getattr(one, "func", None) is _file for one in field.metadata)


MeshId = Annotated[str, BeforeValidator(check_mesh_id), Field(examples=["lobby"])]
WebSocketAddress = Annotated[
    str, AfterValidator(check_web_socket), Field(examples=["ws://host:port"])
]
WebAddress = Annotated[str, AfterValidator(_web), Field(examples=["https://host"])]
UrlPath = Annotated[str, AfterValidator(_path), Field(examples=["/users/self"])]
HeaderName = Annotated[
    str,
    Field(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$", examples=["X-Api-Key"]),  # RFC 9110, token
    AfterValidator(_header),
]
Key = Annotated[SecretStr, AfterValidator(_key)]
FileName = Annotated[str, AfterValidator(_file), Field(examples=["config/name.json"])]
ModuleName = Annotated[
    str, Field(pattern=r"^[^\W\d]\w*(\.[^\W\d]\w*)*$", examples=["package.module"])
]
