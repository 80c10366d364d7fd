"""Kinds of arguments of the station: names, users, places and shapes."""

from __future__ import annotations

from typing import Any, Final

import click

from meshvisor.features.station.model.names import check_name, check_user
from meshvisor.shared.errors import UsageError
from meshvisor.supervisor.cli.parameters import CheckedType

ZONE: Final = CheckedType("zone", check_name)
GROUP: Final = CheckedType("group", check_name)
STATION_USER: Final = CheckedType("user", check_user)

SEVERITY: Final = click.Choice(["info", "warning", "critical", "emergency"])
STATE: Final = click.Choice(["open", "acknowledged", "resolved", "unresolved"])

_PLACE: Final = "38.7069,-9.1442"


class NumbersType(click.ParamType[tuple[float, ...]]):
    """Numbers between commas."""

    def __init__(self, name: str, count: int, example: str) -> None:
        self.name = name
        self._count = count
        self._example = example

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[float, ...]:
        """Read them."""
        if isinstance(value, tuple):
            return value
        try:
            numbers = tuple(float(part) for part in value.split(","))
        except ValueError:
            numbers = ()
        if len(numbers) != self._count:
            self.fail(f"{value!r}: write {self.name}, such as {self._example}", param, ctx)
        return numbers


PLACE: Final = NumbersType("latitude and longitude", 2, _PLACE)
CIRCLE: Final = NumbersType("latitude, longitude and metres", 3, f"{_PLACE},150")


def polygon_of(text: str) -> list[list[float]]:
    """Return the points of `LAT,LON LAT,LON …`.

    Raises:
        UsageError: that is none.
    """
    try:
        points = [[float(part) for part in point.split(",")] for point in text.split()]
    except ValueError:
        points = []
    if not points or any(len(point) != 2 for point in points):
        raise UsageError(
            f"--polygon takes latitude and longitude of each point, blanks between points, such as "
            f'"38.70,-9.15 38.70,-9.13 38.72,-9.13", not {text[:60]!r}'
        )
    return points
