"""The directory's documents: the collections, their fields, and what they mean to us.

Owns the way from documents to values and back, as pure functions.  Does not own a connection
(`features.access.supervisor.directory.mongodb`).  What is written has the names and types of the
format that other programs share; what is read may be looser where that does no harm, for people
write documents by hand.  Documents of another realm than the platform's begin their names with it
(`irc/ann`), so that a program which knows of no realms matches them to no user.  Where a document
cannot be read, no right follows from it: it makes no user an admin, and keeps a command for admins.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from pydantic import SecretStr

from meshvisor.features.access.supervisor.directory.model import (
    Account,
    Admin,
    Flaw,
    Permission,
    Snapshot,
    from_epoch,
    to_millisecond,
)
from meshvisor.shared.model.realm import DEFAULT, is_name, named_within
from meshvisor.shared.model.user_id import check_user_id

CREDENTIALS: Final = "credentials"
ADMINS: Final = "admin_users"
PERMISSIONS: Final = "command_permissions"

ACCOUNT_ID: Final = "bot_credentials"
"""The `_id` of the one document in `CREDENTIALS`."""

LARGEST_NUMBER: Final = 2**63 - 1
"""What a document can hold as an integer; longer ids are text."""

END_OF_TIME: Final = 253_402_300_799_000
"""Milliseconds; the last second that a datetime can hold."""

SHOWN: Final = 40
"""Characters of a wrong value that a flaw repeats."""

SPELLED: Final = "visible characters without blanks"
"""What user ids of other networks are made of, in a flaw."""

NEVER: Final = from_epoch(0)
"""Stands for the moment of an account that does not give one: older than any that one gives."""

Document = Mapping[str, Any]


class DocumentError(ValueError):
    """A document is not what it should be; the message is what its flaw says."""


# ---- Writing -------------------------------------------------------------------------------------


def account_document(account: Account) -> dict[str, Any]:
    """Return the fields of the account, without `_id`."""
    return {
        "email": account.email,
        "deviceId": account.device_id,
        "ssaid": account.ssaid,
        "parseId": account.parse_id,
        "parseToken": account.parse_token.get_secret_value(),
        "authToken": account.auth_token.get_secret_value(),
        "userId": as_user_id(account.user_id),
        "peerId": account.peer_id,
        "updatedAt": to_millisecond(account.updated_at),
    }


def admin_document(admin: Admin) -> dict[str, Any]:
    """Return the fields of an admin that are known, without `_id`: their id as text."""
    return {
        **_realm_field(admin.realm),
        "userId": as_user_id(admin.id),
        "addedBy": _by(admin.added_by),
        **_known("addedAt", admin.added_at),
        "isActive": admin.is_active,
    }


def permission_document(permission: Permission) -> dict[str, Any]:
    """Return the fields of a permission that are known, without `_id`: the command's id."""
    return {
        **_realm_field(permission.realm),
        "commandName": permission.id,
        "requiresAdmin": permission.requires_admin,
        "description": permission.description,
        **_known("updatedAt", permission.updated_at),
        "updatedBy": _by(permission.updated_by),
    }


def as_user_id(text: str) -> int | str:
    """Return a number for an id that is one and would be the same text again; else the text."""
    if text.isascii() and text.isdigit() and len(text) <= len(str(LARGEST_NUMBER)):
        number = int(text)
        if str(number) == text and number <= LARGEST_NUMBER:
            return number
    return text


def _known(name: str, moment: datetime | None) -> dict[str, datetime]:
    # A document that says nothing must not say something made up after we have changed it.
    return {} if moment is None else {name: to_millisecond(moment)}


def _realm_field(realm: str) -> dict[str, str]:
    return {"realm": realm} if realm else {}


def _by(user_id: str | None) -> int | str | None:
    return None if user_id is None else as_user_id(user_id)


# ---- Reading everything --------------------------------------------------------------------------


def read_snapshot(
    credentials: Iterable[Document],
    admins: Iterable[Document],
    permissions: Iterable[Document],
    version: object = None,
) -> Snapshot:
    """Return what the documents of the three collections say; never raises."""
    flaws: list[Flaw] = []
    return Snapshot(
        account=_read_account(credentials, flaws),
        admins=_read_admins(admins, flaws),
        permissions=_read_permissions(permissions, flaws),
        flaws=tuple(flaws),
        version=version,
    )


def _read_account(documents: Iterable[Document], flaws: list[Flaw]) -> Account | None:
    for document in documents:
        if document.get("_id") == ACCOUNT_ID:
            try:
                return read_account(document)
            except DocumentError as error:
                flaws.append(Flaw(CREDENTIALS, ACCOUNT_ID, str(error)))
    return None


def _read_admins(documents: Iterable[Document], flaws: list[Flaw]) -> tuple[Admin, ...]:
    known: dict[str, Admin | None] = {}
    # Ids as text come first: those are what we write, so they say what was decided last.
    for document in sorted(documents, key=lambda each: not isinstance(each.get("_id"), str)):
        name = _name(document)
        try:
            admin = read_admin(document)
            if admin.id in known:
                raise _twice(admin.id, is_read=known[admin.id] is not None)
            known[admin.id] = admin
        except DocumentError as error:
            known.setdefault(name, None)
            flaws.append(Flaw(ADMINS, name, str(error)))
    return tuple(admin for _, admin in sorted(known.items()) if admin is not None)


def _twice(user_id: str, *, is_read: bool) -> DocumentError:
    found = f"its _id is a number, and another document has that user id as text, {user_id!r}"
    if is_read:
        return DocumentError(f"{found}, which counts; remove the one with the number")
    return DocumentError(
        f"{found}, which cannot be used; correct that one and remove the one with the number"
    )


def _read_permissions(documents: Iterable[Document], flaws: list[Flaw]) -> tuple[Permission, ...]:
    known: dict[str, Permission] = {}
    for document in documents:
        try:
            found = [read_permission(document)]
        except DocumentError as error:
            flaw = _permission_flaw(document, str(error))
            flaws.append(flaw)
            found = [_closed(name, document) for name in flaw.closes]
        for permission in found:
            _keep_stricter(known, permission, flaws)
    return tuple(sorted(known.values(), key=lambda permission: permission.id))


def _keep_stricter(known: dict[str, Permission], new: Permission, flaws: list[Flaw]) -> None:
    # Commands are called in any case, so two such documents are about one command.
    key = new.id.casefold()
    old = known.setdefault(key, new)
    if old is new:
        return
    if new.requires_admin and not old.requires_admin:
        known[key], old, new = new, new, old
    if new.id != old.id:
        why = f"differs only in case from {old.id!r}, which is as strict or stricter and holds"
        flaws.append(Flaw(PERMISSIONS, new.id, f"{why}; remove one of them"))


def _permission_flaw(document: Document, why: str) -> Flaw:
    key = document.get("_id")
    own = key if isinstance(key, str) else ""
    name = document.get("commandName")
    closes = {own, name if isinstance(name, str) else ""} - {""}
    if not isinstance(document.get("realm", ""), str):
        # Where it was to hold is unknown: it does everywhere.
        closes |= {each.rpartition("/")[2] for each in closes} - {""}
    return Flaw(PERMISSIONS, _name(document), why, tuple(sorted(closes)), own)


def _closed(name: str, document: Document) -> Permission:
    realm = document.get("realm")
    if isinstance(realm, str) and is_name(realm) and (own := named_within(realm, name)):
        return Permission(own, True, None, is_broken=True, realm=realm)
    return Permission(name, True, None, is_broken=True)


def _name(document: Document) -> str:
    return _text_of_id(document.get("_id")) or f"{document.get('_id')!s:.{SHOWN}}"


# ---- Reading one document ------------------------------------------------------------------------


def read_account(document: Document) -> Account:
    """Return the account.

    Raises:
        DocumentError: no `peerId`, or a field of a wrong type.
    """
    return Account(
        peer_id=_text(document, "peerId", required=True),
        updated_at=_moment(document, "updatedAt") or NEVER,
        email=_text(document, "email"),
        device_id=_text(document, "deviceId"),
        ssaid=_unshown(document, "ssaid"),
        parse_id=_text(document, "parseId"),
        parse_token=_token(document, "parseToken"),
        auth_token=_token(document, "authToken"),
        user_id=_user_id(document, "userId") or "",
    )


def read_admin(document: Document) -> Admin:
    """Return the admin.

    Raises:
        DocumentError: it does not say who and whether, or contradicts itself.
    """
    written = _user_id(document, "_id")
    if written is None:
        raise DocumentError("_id is missing; allowed: a user id as text")
    realm, user_id = read_name(document, written)
    try:
        is_one = check_user_id(user_id, realm) == user_id
    except ValueError:
        is_one = False
    if not is_one:
        allowed = SPELLED if realm else "letters (a-z), digits, dots and hyphens"
        raise DocumentError(f"_id is no user id; allowed: {allowed}")
    if _user_id(document, "userId") not in (None, written):
        raise DocumentError(f"userId is {_shown(document['userId'])}; allowed: the same as _id")
    return Admin(
        user_id=user_id,
        added_at=_moment(document, "addedAt"),
        added_by=_user_id(document, "addedBy"),
        is_active=_flag(document, "isActive"),
        realm=realm,
    )


def read_permission(document: Document) -> Permission:
    """Return the permission.

    Raises:
        DocumentError: it does not say which command and whether, or contradicts itself.
    """
    written = _text(document, "_id", required=True)
    realm, command = read_name(document, written)
    other = _text(document, "commandName") or written
    if other.casefold() != written.casefold():
        raise DocumentError(f"commandName is {_shown(other)}; allowed: the same as _id")
    return Permission(
        command=command,
        requires_admin=_flag(document, "requiresAdmin"),
        updated_at=_moment(document, "updatedAt"),
        updated_by=_user_id(document, "updatedBy"),
        description=_text(document, "description"),
        realm=realm,
    )


def read_name(document: Document, written: str) -> tuple[str, str]:
    """Return the realm of a document, and the name that it has there.

    Args:
        document: says the realm; None and empty mean the platform's.
        written: its `_id`.

    Raises:
        DocumentError: its `_id` is not one of that realm, or there can be no such realm.
    """
    realm = _text(document, "realm")
    if realm == DEFAULT:
        return DEFAULT, written
    if not is_name(realm):
        raise _wrong(document, "realm", "the name of a realm")
    if not (name := named_within(realm, written)):
        raise DocumentError(f"_id is {_shown(written)}; allowed: a name behind '{realm}/'")
    return realm, name


# ---- Reading one field ---------------------------------------------------------------------------


def _text(document: Document, name: str, *, required: bool = False) -> str:
    value = document.get(name)
    if isinstance(value, str) and (value or not required):
        return value
    if value is None and not required:
        return ""
    raise _wrong(document, name, "text that is not empty" if required else "text")


def _token(document: Document, name: str) -> SecretStr:
    # Platforms hand tokens out with a leading `r:` that their servers do not want back.
    return SecretStr(_unshown(document, name).removeprefix("r:"))


def _unshown(document: Document, name: str) -> str:
    value = document.get(name)
    if value is None or isinstance(value, str):
        return value or ""
    # Its value is not repeated: it may be a secret in the wrong type.
    raise DocumentError(f"{name} is {_kind(value)}; allowed: text")


def _flag(document: Document, name: str) -> bool:
    value = document.get(name)
    # Some servers and tools write 0 and 1.
    if isinstance(value, bool | int | float) and value in (0, 1):
        return bool(value)
    raise _wrong(document, name, "true or false")


def _user_id(document: Document, name: str) -> str | None:
    value = document.get(name)
    text = _text_of_id(value)
    if text is None and value is not None:
        raise _wrong(document, name, "a user id, as text or as a whole number")
    return text


def _text_of_id(value: object) -> str | None:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return str(int(value))
    # Shells write every number as a floating one.
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return None


def _moment(document: Document, name: str) -> datetime | None:
    value = document.get(name)
    if value is None:
        return None
    try:
        return read_moment(value)
    except (ValueError, OverflowError):
        allowed = "a date, ISO 8601 text or milliseconds since 1970"
        raise _wrong(document, name, allowed) from None


def read_moment(value: object) -> datetime:
    """Return the moment that a date, ISO text or epoch milliseconds mean; without a zone: UTC.

    Raises:
        ValueError, OverflowError: it is none of them, or beyond the year 9999.
    """
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if isinstance(value, datetime):
        return to_millisecond(value if value.tzinfo else value.replace(tzinfo=UTC))
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number and 0 <= value <= END_OF_TIME:  # type: ignore[operator]
        return from_epoch(value / 1000)  # type: ignore[operator]
    raise ValueError("no moment")


# ---- Saying what is wrong ------------------------------------------------------------------------


def _wrong(document: Document, name: str, allowed: str) -> DocumentError:
    found = f"is {_shown(document[name])}" if name in document else "is missing"
    return DocumentError(f"{name} {found}; allowed: {allowed}")


def _shown(value: object) -> str:
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return f"{value!r:.{SHOWN}}"
    return _kind(value)


def _kind(value: object) -> str:
    for types, word in _KINDS:
        if isinstance(value, types):
            return word
    return f"of type {type(value).__name__}"


_KINDS: Final[tuple[tuple[type | tuple[type, ...], str], ...]] = (
    (type(None), "null"),
    (bool, "true or false"),
    ((int, float), "a number"),
    (str, "text"),
    (datetime, "a date"),
    (Mapping, "an object"),
    (list, "a list"),
    (bytes, "binary data"),
)
