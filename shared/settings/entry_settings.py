"""What an entry of the settings says for its transport alone.

Owns checking it by the model that the transport brings, and the sentence about what is wrong.  Does
not own the models (`shared.transports`), nor the sentences about all other settings
(`shared.settings.problems`).  Called by the features whose entries name a transport.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from meshvisor.shared.settings.location import Location, find, name_of
from meshvisor.shared.settings.problems import shown
from meshvisor.shared.settings.section import Section

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

KEY: Final = "[key]"
"""How pydantic ends the location of a name in a table that is wrong itself."""


class EntryError(ValueError):
    """An entry says something wrong; the message is one sentence without a stop.

    Attributes:
        location: of the wrong setting within the entry; empty: it is the entry as a whole.
    """

    def __init__(self, sentence: str, location: Location = ()) -> None:
        super().__init__(sentence)
        self.location = location


def checked_entry(
    model: type[Section], said: Mapping[str, Any], *, what: str, others: Iterable[str]
) -> Section:
    """Return what an entry says for its transport, as strictly read as all settings are.

    Args:
        model: of the transport.
        said: as it stands in the file.
        what: one mesh of the transport, for people.
        others: settings that every such entry may have, which may have been meant.

    Raises:
        EntryError: it says something wrong.
    """
    try:
        # By way of JSON, as in `shared.settings.load`.
        return model.model_validate_json(json.dumps(said), strict=True)
    except ValidationError as error:
        first = _first(error)
        name = name_of(first["loc"])
        raise _common(first, model, what, others) or EntryError(
            _sentence(first, model, name, dict(said)), first["loc"]
        ) from None


def checked_secrets(
    model: type[Section], said: Mapping[str, str], *, what: str, others: Iterable[str]
) -> Section:
    """Return what an entry holds for its transport: texts, none of which is ever repeated.

    Args and Raises: as of `checked_entry`.
    """
    try:
        return model.model_validate(said)
    except ValidationError as error:
        first = _first(error)
        raise _common(first, model, what, others) or EntryError(
            _sentence(first, model, name_of(first["loc"])), first["loc"]
        ) from None


# Private


def _first(error: ValidationError) -> ErrorDetails:
    """Return the error that explains most."""
    found = error.errors(include_url=False)
    # Of a name that is mistyped, the right one is missing, too; that says less.  Nor does it help
    # that a list whose entries are wrong counts as too short as well.
    return min(found, key=lambda one: (one["type"] != "extra_forbidden", -len(one["loc"])))


def _common(
    first: ErrorDetails, model: type[Section], what: str, others: Iterable[str]
) -> EntryError | None:
    """Return what is said without a value; None: the value is what is wrong."""
    location = first["loc"]
    name = name_of(location)
    match first["type"]:
        case "extra_forbidden":
            from meshvisor.shared.near_names import did_you_mean, near_names

            known = list(model.model_fields)
            guess = did_you_mean(near_names(name, [*known, *others]))
            names = ", ".join(known) or "nothing of its own"
            return EntryError(f"unknown setting {name}; {guess or f'{what} has {names}'}", location)
        case "missing":
            return EntryError(f"{name} is missing, which {what} needs", location)
    return None


def _sentence(
    first: ErrorDetails, model: type[Section], name: str, said: dict[str, Any] | None = None
) -> str:
    """Return what is wrong with a value, which is shown if there is `said`."""
    from meshvisor.shared.settings.secrets import MASK

    is_value_error = first["type"] == "value_error"
    reason = str(first["ctx"]["error"]) if is_value_error else ""
    if not name or (reason and not reason.startswith("must")):
        return reason or first["msg"]
    location: Location = first["loc"]
    if location[-1] == KEY:
        table, wrong = name_of(location[:-2]), str(location[-2])
        return f"{table} has the name {shown(wrong)}; it {reason or first['msg']}"
    found = MASK if said is None else shown(find(said, location)[1])
    if reason:
        return f"{name} is {found}; it {reason}"
    from meshvisor.shared.settings.schema import allowed_in

    return f"{name} is {found}; allowed: {allowed_in(model, location) or first['msg']}"
