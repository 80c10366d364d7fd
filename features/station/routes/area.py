"""Where the routes of the station are, and the parameters that several have."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Path, Query
from pydantic import Field

from meshvisor.console.routing import FeatureRoutes
from meshvisor.features.station.model.names import LONGEST_NAME
from meshvisor.shared.model.realm import LONGEST as LONGEST_REALM

ROUTES: Final = FeatureRoutes("station", about="Alerts, zones, users and groups.")

MOST_LISTED: Final = 500
LARGEST_ID: Final = 2**53
LONGEST_USER: Final = 320
"""Characters of a user's id with its realm."""

NameField = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
UserField = Annotated[str, Field(min_length=1, max_length=LONGEST_USER, examples=["12345"])]
MeshField = Annotated[str, Field(min_length=1, max_length=255, examples=["lobby"])]

UserPath = Annotated[str, Path(min_length=1, max_length=LONGEST_USER, examples=["12345"])]
Realm = Annotated[
    str,
    Query(max_length=LONGEST_REALM, description="Of the user; empty: the platform's."),
]
ZonePath = Annotated[str, Path(min_length=1, max_length=LONGEST_NAME, examples=["harbour"])]
GroupPath = Annotated[str, Path(min_length=1, max_length=LONGEST_NAME, examples=["rescue"])]

NameCursor = Annotated[
    str, Query(max_length=LONGEST_NAME, description="The last name of the page before.")
]
UserCursor = Annotated[
    str, Query(max_length=LONGEST_USER, description="The last user of the page before.")
]
Limit = Annotated[int, Query(ge=1, le=MOST_LISTED)]
