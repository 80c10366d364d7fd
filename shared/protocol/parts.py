"""What messages are made of: the base of every value that crosses a channel.

Owns how they are written: fields by name, None left out, every other default said.  Does not own
what the fields may hold (`fields`) nor the envelope (`messages`).
"""

from __future__ import annotations

from typing import Any, dataclass_transform

import msgspec


class _PartType(msgspec.StructMeta):
    """Makes the fields of each part keyword-only, without each having to say so."""

    def __new__(
        cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **options: Any
    ) -> Any:
        return super().__new__(cls, name, bases, namespace, **{"kw_only": True, **options})


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(msgspec.field,))
class Part(msgspec.Struct, metaclass=_PartType, frozen=True, kw_only=True, omit_defaults=True):
    """A frozen value within a message.  Fields that it does not know are ignored.

    Making one checks no types: that is for mypy here, and for the codec where it is read.
    """


def written(value: Any) -> Any:
    """Return a default that is written, too, although the other side has it.

    A default that is given plainly, such as None, is left out of the JSON.
    """
    return msgspec.field(default_factory=lambda: value)


def nothing() -> dict[str, Any]:
    """Return an empty object that is written; one from `dict` itself would be left out."""
    return {}
