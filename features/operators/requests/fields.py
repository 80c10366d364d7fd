"""Fields of the requests about operators."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from meshvisor.features.operators.names import check_name
from meshvisor.features.operators.passwords import check_hash
from meshvisor.shared.scopes import check_role, check_scope

Name = Annotated[str, AfterValidator(check_name)]
Role = Annotated[str, AfterValidator(check_role)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", repr=False)]
PasswordHash = Annotated[str, AfterValidator(check_hash), Field(repr=False)]
ScopeName = Annotated[str, AfterValidator(check_scope)]
