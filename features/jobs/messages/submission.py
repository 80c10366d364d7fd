"""What every way to ask for a new job says: from a chat, from an action, from the command line.

Owns the shape only.  Whether the job can be is for the supervisor to say
(`features.jobs.supervisor`), with a sentence for the caller.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from meshvisor.features.jobs.model.job import read_priority
from meshvisor.shared.protocol.parts import Part, nothing

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema


def priority_of(given: Any) -> Any:
    """Return the number of a priority that is given by its name; numbers are judged later.

    Raises:
        ValueError: there is no such name.
    """
    return read_priority(given) if isinstance(given, str) else given


class Submission(Part, forbid_unknown_fields=True):
    """A job that is requested."""

    action: str
    items: tuple[str, ...] | None = None
    """Keys; None: the job has no items."""
    data: Mapping[str, Any] = msgspec.field(default_factory=nothing)
    """Handed to the action as it is."""
    priority: int | None = None
    """1 (most urgent) to 5; None: the action's."""
    lane: str | None = None
    """None: the action's."""
    key: str | None = None
    """Idempotency key: a second job with the same one is the first; None: each is a new one."""
    target: str | None = None
    """To what, or on whose behalf, it is done, such as an alliance; None: nothing in particular."""
    retries: int | None = None
    """Attempts after a failed first one; None, here and below: the action's."""
    retry_delay: float | None = None
    """Seconds before the second attempt."""
    rate_limit_delay: float | None = None
    """Seconds of a rate limit that does not say how long it is."""
    wait_timeout: float | None = None
    """Seconds that it may wait at a stretch before it fails."""
    deadline: float | None = None
    """Seconds within which it has to end."""
    dry_run: bool = False
    """Whether its action says what it would do, and does nothing."""

    @classmethod
    def __get_pydantic_core_schema__(
        cls, _source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Let requests of the control socket have one: pydantic checks it and says what is wrong.

        There a priority may be given by its name, too.
        """
        from pydantic_core import core_schema  # which children do without

        fields = {}
        for field in msgspec.structs.fields(cls):
            schema = handler.generate_schema(field.type)
            if field.name == "priority":
                schema = core_schema.no_info_before_validator_function(priority_of, schema)
            fields[field.name] = core_schema.typed_dict_field(schema, required=field.required)
        return core_schema.no_info_wrap_validator_function(
            lambda given, check: given if isinstance(given, cls) else cls(**check(given)),
            core_schema.typed_dict_schema(fields, extra_behavior="forbid"),
            serialization=core_schema.plain_serializer_function_ser_schema(msgspec.to_builtins),
        )
