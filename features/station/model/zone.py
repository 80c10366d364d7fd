"""A zone: what people write of one, and what is prepared for positions.

Owns which zones there can be.  Does not own the geometry (`geometry`).
"""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Final, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from meshvisor.features.station.model.geometry import Bounds, Circle, Point, Polygon, Shape
from meshvisor.features.station.model.names import check_name

SMALLEST_RADIUS: Final = 1.0
LARGEST_RADIUS: Final = 20_000_000.0
"""Metres: half around the earth."""
MOST_POINTS: Final = 500
LONGEST_DWELL: Final = 86_400.0
"""Seconds."""
LARGEST_HYSTERESIS: Final = 100_000.0
"""Metres."""
LONGEST_TEXT: Final = 500

Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False, examples=[38.7069])]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False, examples=[-9.1442])]


class CircleShape(BaseModel):
    """All within a distance of a point."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    latitude: Latitude
    longitude: Longitude
    radius_m: float = Field(
        ge=SMALLEST_RADIUS, le=LARGEST_RADIUS, allow_inf_nan=False, examples=[150.0]
    )


def _check_points(points: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
    # The first point again at the end, as GeoJSON has it, is no point of its own.
    open_ring = points[:-1] if len(points) > 1 and points[0] == points[-1] else points
    if len(set(open_ring)) < 3:
        raise ValueError("a polygon has three different points or more")
    return open_ring


Points = Annotated[
    tuple[tuple[Latitude, Longitude], ...],
    Field(min_length=3, max_length=MOST_POINTS + 1),
    AfterValidator(_check_points),
]


class Zone(BaseModel):
    """A zone, as people write it and as it is kept: a circle or a polygon."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, AfterValidator(check_name)] = Field(examples=["harbour"])
    description: str = Field("", max_length=LONGEST_TEXT)
    circle: CircleShape | None = None
    polygon: Points | None = Field(
        None,
        description="Latitude and longitude of each point, in their order around it.",
        examples=[[[38.70, -9.15], [38.70, -9.13], [38.72, -9.13]]],
    )
    hysteresis_m: float | None = Field(
        None,
        ge=0,
        le=LARGEST_HYSTERESIS,
        allow_inf_nan=False,
        description="Metres outside from which on a user has left it; null: as the settings say.",
    )
    dwell_s: float | None = Field(
        None,
        ge=0,
        le=LONGEST_DWELL,
        allow_inf_nan=False,
        description="Seconds inside, or outside, before that counts; null: as the settings say.",
    )
    enabled: bool = Field(True, description="Whether users can enter and leave it.")

    @model_validator(mode="after")
    def _has_one_shape(self) -> Self:
        if (self.circle is None) == (self.polygon is None):
            raise ValueError("a zone has a circle or a polygon, and not both")
        return self

    @property
    def kind(self) -> str:
        """`circle` or `polygon`."""
        return "polygon" if self.circle is None else "circle"

    @cached_property
    def shape(self) -> Shape:
        """Its shape, prepared."""
        if self.circle is not None:
            center = Point(self.circle.latitude, self.circle.longitude)
            return Circle(center, self.circle.radius_m)
        assert self.polygon is not None
        return Polygon([Point(*point) for point in self.polygon])

    @property
    def bounds(self) -> Bounds:
        """Where it is."""
        return self.shape.bounds
