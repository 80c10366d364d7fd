"""Circles and polygons on the globe: whether a point is inside, and how far outside.

Owns the geometry, prepared for many questions.  Does not own zones (`zone`) nor what follows from
being in one (`crossing`).

The earth is a sphere of `EARTH` metres; distances are at most half a percent off.  A circle is all
that is within its radius along a great circle, also across a pole or the date line.  The edges of a
polygon are straight on a map of degrees, as in GeoJSON (RFC 7946, 3.1.1), and take the shorter way
around the globe; one whose edges go once around it holds the nearer pole.  A point is inside if a
line from it crosses the edges an odd number of times.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import asin, cos, degrees, floor, hypot, radians, sin, sqrt
from typing import Final, NamedTuple, Protocol

EARTH: Final = 6_371_008.8
"""Mean radius in metres (IUGG)."""

DEGREE: Final = EARTH * radians(1)
"""Metres of a degree of latitude."""

FEW_EDGES: Final = 12
"""Edges that are looked at one by one; more are sorted into strips of latitude."""

AROUND: Final = 360.0
POLE: Final = 90.0

_ROUNDING: Final = 1e-9
"""Degrees by which bounds are wider than what they bound: a tenth of a millimetre."""


class Point(NamedTuple):
    """A place on the globe, in degrees."""

    latitude: float
    longitude: float
    """From -180 to 180."""


class Bounds(NamedTuple):
    """Between which degrees something is; `west` is greater than `east` across the date line."""

    south: float
    west: float
    north: float
    east: float

    def hold(self, latitude: float, longitude: float) -> bool:
        """Say whether a point is between them."""
        if not self.south <= latitude <= self.north:
            return False
        if self.west <= self.east:
            return self.west <= longitude <= self.east
        return longitude >= self.west or longitude <= self.east


class Shape(Protocol):
    """A part of the globe."""

    @property
    def bounds(self) -> Bounds:
        """Where it is."""
        ...

    def covers(self, latitude: float, longitude: float, margin: float) -> bool:
        """Say whether a point is inside, or not more than `margin` metres outside."""
        ...


def distance(a: Point, b: Point) -> float:
    """Return the metres between two points along a great circle (haversine)."""
    lat_a, lat_b = radians(a.latitude), radians(b.latitude)
    half_lat = sin((lat_b - lat_a) / 2)
    half_lon = sin(radians(b.longitude - a.longitude) / 2)
    chord = half_lat * half_lat + cos(lat_a) * cos(lat_b) * half_lon * half_lon
    return 2 * EARTH * asin(min(1.0, sqrt(chord)))


class Circle:
    """All that is not further from a point than a radius.

    Args:
        center: the point.
        radius: metres.
    """

    def __init__(self, center: Point, radius: float) -> None:
        self._center = center
        self._radius = radius
        self._latitude = radians(center.latitude)
        self._cosine = cos(self._latitude)
        self.bounds = _around(center, radius)

    def covers(self, latitude: float, longitude: float, margin: float) -> bool:
        """Say whether a point is inside, or not more than `margin` metres outside."""
        lat = radians(latitude)
        half_lat = sin((lat - self._latitude) / 2)
        half_lon = sin(radians(longitude - self._center.longitude) / 2)
        chord = half_lat * half_lat + self._cosine * cos(lat) * half_lon * half_lon
        return 2 * EARTH * asin(min(1.0, sqrt(chord))) <= self._radius + margin


class Polygon:
    """What is between the edges from each point to the next, and from the last to the first.

    Args:
        points: at least three.
    """

    def __init__(self, points: Sequence[Point]) -> None:
        ring, pole = _unrolled(points)
        self._borders = _edges(ring)
        if pole is None:
            self._borders += _edges([ring[-1], ring[0]])
        else:
            ring = [*ring, Point(pole, ring[-1].longitude), Point(pole, ring[0].longitude)]
        self._edges = _edges([*ring, ring[0]])
        """With those that close one that goes around a pole: they are no border."""
        latitudes, longitudes = zip(*ring, strict=True)
        self._south, self._north = min(latitudes), max(latitudes)
        self._west, self._east = min(longitudes), max(longitudes)
        self.bounds = _wrapped(self._south, self._west, self._north, self._east)
        self._strips = self._prepare()

    def covers(self, latitude: float, longitude: float, margin: float) -> bool:
        """Say whether a point is inside, or not more than `margin` metres outside."""
        if self._holds(latitude, longitude):
            return True
        return margin > 0 and self._is_near(latitude, longitude, margin)

    # Private

    def _prepare(self) -> list[list[_Edge]]:
        count = 1 if len(self._edges) <= FEW_EDGES else len(self._edges)
        strips: list[list[_Edge]] = [[] for _ in range(count)]
        for edge in self._edges:
            low, high = sorted((edge.lat_a, edge.lat_b))
            for strip in range(self._strip(low, count), self._strip(high, count) + 1):
                strips[strip].append(edge)
        return strips

    def _strip(self, latitude: float, count: int) -> int:
        height = self._north - self._south
        place = int((latitude - self._south) / height * count) if height else 0
        return min(max(place, 0), count - 1)

    def _holds(self, latitude: float, longitude: float) -> bool:
        if not self._south <= latitude <= self._north:
            return False
        # At a pole itself no line to the east crosses anything.
        latitude = min(max(latitude, _ROUNDING - POLE), POLE - _ROUNDING)
        strip = self._strips[self._strip(latitude, len(self._strips))]
        # The ring may lie anywhere around the globe, and one point may be in it by several names.
        place = self._west + (longitude - self._west) % AROUND
        while place <= self._east:
            if sum(edge.crosses(latitude, place) for edge in strip) % 2:
                return True
            place += AROUND
        return False

    def _is_near(self, latitude: float, longitude: float, margin: float) -> bool:
        degrees_away = margin / DEGREE
        if not self._south - degrees_away <= latitude <= self._north + degrees_away:
            return False
        scale = cos(radians(latitude))
        return any(edge.distance(latitude, longitude, scale) <= margin for edge in self._borders)


class Grid:
    """Finds those of many shapes that a point may be in.

    Args:
        bounds: of the shapes, by their numbers.
    """

    SIZE: Final = 0.1
    """Degrees of a cell: some kilometres, as a town has."""
    MOST_CELLS: Final = 400
    """Cells of one shape; a larger one is looked at for each point."""

    def __init__(self, bounds: Sequence[Bounds]) -> None:
        self._cells: dict[tuple[int, int], list[tuple[Bounds, int]]] = {}
        self._large: list[tuple[Bounds, int]] = []
        for number, one in enumerate(bounds):
            self._add(one, number)

    def find(self, latitude: float, longitude: float) -> list[int]:
        """Return the numbers of shapes that may hold a point."""
        cell = (floor(latitude / self.SIZE), floor(longitude / self.SIZE))
        near = self._cells.get(cell, ())
        return [
            number
            for found in (near, self._large)
            for bounds, number in found
            if bounds.hold(latitude, longitude)
        ]

    def _add(self, bounds: Bounds, number: int) -> None:
        rows = range(floor(bounds.south / self.SIZE), floor(bounds.north / self.SIZE) + 1)
        columns = range(floor(bounds.west / self.SIZE), floor(bounds.east / self.SIZE) + 1)
        if bounds.west > bounds.east or len(rows) * len(columns) > self.MOST_CELLS:
            self._large.append((bounds, number))
            return
        for row in rows:
            for column in columns:
                self._cells.setdefault((row, column), []).append((bounds, number))


# Private


class _Edge(NamedTuple):
    lat_a: float
    lon_a: float
    lat_b: float
    lon_b: float

    def crosses(self, latitude: float, longitude: float) -> bool:
        """Say whether a line from a point to the east crosses it."""
        if (self.lat_a > latitude) == (self.lat_b > latitude):
            return False
        part = (latitude - self.lat_a) / (self.lat_b - self.lat_a)
        return longitude < self.lon_a + part * (self.lon_b - self.lon_a)

    def distance(self, latitude: float, longitude: float, scale: float) -> float:
        """Return the metres from a near point; `scale` is the cosine of its latitude."""
        # All around the point, which is where the globe is flattened.
        shift = round((longitude - (self.lon_a + self.lon_b) / 2) / AROUND) * AROUND
        ax = (self.lon_a + shift - longitude) * scale
        bx = (self.lon_b + shift - longitude) * scale
        ay, by = self.lat_a - latitude, self.lat_b - latitude
        dx, dy = bx - ax, by - ay
        length = dx * dx + dy * dy
        part = 0.0 if not length else min(1.0, max(0.0, -(ax * dx + ay * dy) / length))
        return hypot(ax + part * dx, ay + part * dy) * DEGREE


def _around(center: Point, radius: float) -> Bounds:
    """Return the bounds of a circle (Bronstein, spherical triangles)."""
    angle = radius / EARTH
    south = center.latitude - degrees(angle) - _ROUNDING
    north = center.latitude + degrees(angle) + _ROUNDING
    if south <= -POLE or north >= POLE:
        return Bounds(max(south, -POLE), -2 * POLE, min(north, POLE), 2 * POLE)
    reach = degrees(asin(min(1.0, sin(angle) / cos(radians(center.latitude))))) + _ROUNDING
    return _wrapped(south, center.longitude - reach, north, center.longitude + reach)


def _unrolled(points: Sequence[Point]) -> tuple[list[Point], float | None]:
    """Return the ring with longitudes that go on beyond the date line, and the latitude of the pole
    that it goes around; None: around none.  One around a pole ends where it has begun.
    """
    ring = [points[0]]
    for point in points[1:]:
        ring.append(Point(point.latitude, _next_to(ring[-1].longitude, point.longitude)))
    end = _next_to(ring[-1].longitude, points[0].longitude)
    if abs(end - points[0].longitude) < AROUND / 2:
        return ring, None
    ring.append(Point(points[0].latitude, end))
    return ring, POLE if sum(point.latitude for point in points) >= 0 else -POLE


def _edges(ring: Sequence[Point]) -> list[_Edge]:
    return [_Edge(*a, *b) for a, b in pairwise(ring) if a != b]


def _next_to(longitude: float, other: float) -> float:
    """Return `other` by the name with which it is at most half around the globe away."""
    return other + AROUND * round((longitude - other) / AROUND)


def _wrapped(south: float, west: float, north: float, east: float) -> Bounds:
    if east - west >= AROUND:
        return Bounds(south, -2 * POLE, north, 2 * POLE)
    return Bounds(south, _in_range(west), north, _in_range(east))


def _in_range(longitude: float) -> float:
    if -2 * POLE <= longitude <= 2 * POLE:
        return longitude
    return (longitude + 2 * POLE) % AROUND - 2 * POLE
