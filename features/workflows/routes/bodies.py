"""What the routes of workflows take and add to results: the bodies of the seed."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from meshvisor.features.workflows.requests.fields import MOST_INPUTS, TemplateInput
from meshvisor.features.workflows.results import Activated, Saved, TemplateRemoved

Status = Literal[
    "queued", "running", "waiting", "completed", "failed", "timeout", "cancelled", "skipped"
]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ProcessBody(BaseModel):
    """A workflow: `name`, `description`, `triggers`, `actions` as the seed has them, or `steps` and
    whatever else a definition has.
    """

    model_config = ConfigDict(extra="allow")

    name: str = Field(max_length=200, examples=["greet"])
    description: str | None = Field(None, max_length=2000)
    triggers: list[Any] = Field(default_factory=list)
    is_active: bool | None = None
    """Whether it begins by itself; null: a new one does, another stays as it is."""

    def document(self) -> dict[str, Any]:
        """Return the definition."""
        return self.model_dump(exclude={"is_active"}, exclude_none=True)


class DocumentBody(_Body):
    """A definition."""

    document: dict[str, Any]


class ExecuteBody(_Body):
    """What an execution is given."""

    trigger_data: dict[str, Any] = Field(default_factory=dict)


class ReplayBody(_Body):
    """How an execution is begun anew."""

    from_step: str | None = Field(None, max_length=64)
    newest: bool = False


class TemplateBody(_Body):
    """What a template is made of."""

    process_id: int = Field(ge=1, le=2**53)
    name: str = Field(min_length=1, max_length=64)
    description: str = Field("", max_length=2000)
    category: Literal["emergency", "maintenance", "communication", "monitoring"] = "communication"
    inputs: dict[str, TemplateInput] = Field(default_factory=dict, max_length=MOST_INPUTS)
    """What it asks for in the place of values of the workflow, by name."""


class TemplateDocument(_Body):
    """A template as exporting writes it."""

    document: dict[str, Any]
    """`name`, `category`, `description`, `inputs`, and `workflow` with `{{ input.NAME }}` in it."""
    replace: bool = False
    """Whether one of the same name is replaced, unless it came with Meshvisor."""


class InstantiateBody(_Body):
    """Values of a template's inputs, and fields of the workflow such as `name`."""

    customizations: dict[str, Any] = Field(default_factory=dict)


class AnswerBody(_Body):
    """What a person answers."""

    answer: str = Field(min_length=1, max_length=1000)


class DryRunBody(_Body):
    """What is tried, and at what."""

    workflow: str | None = Field(None, max_length=64)
    document: dict[str, Any] | None = None
    seq: int | None = Field(None, ge=1, le=2**53)
    event: dict[str, Any] | None = None
    inputs: dict[str, Any] = Field(default_factory=dict)


class BackTestBody(_Body):
    """What is tried on which events."""

    workflow: str | None = Field(None, max_length=64)
    document: dict[str, Any] | None = None
    days: float = Field(7, gt=0, le=366)
    limit: int = Field(100_000, ge=1, le=1_000_000)


class Updated(Saved):
    """A workflow was changed."""

    message: Literal["updated"] = "updated"


class Deactivated(Activated):
    """A workflow begins by itself no more."""

    message: Literal["deactivated"] = "deactivated"


class RemovedTemplate(TemplateRemoved):
    """A template was removed."""

    message: Literal["removed"] = "removed"


class Exported(BaseModel):
    """A definition."""

    document: dict[str, Any]
