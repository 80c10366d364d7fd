"""Zones on the globe: compared with what was computed another way, also where degrees end."""

from __future__ import annotations

import itertools
from fractions import Fraction
from math import acos, atan2, cos, degrees, pi, radians, sin, sqrt

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from meshvisor.features.station.model.geometry import (
    DEGREE,
    EARTH,
    Bounds,
    Circle,
    Grid,
    Point,
    Polygon,
    distance,
)

latitudes = st.floats(-90, 90)
longitudes = st.floats(-180, 180)
points = st.builds(Point, latitudes, longitudes)

Vector = tuple[float, float, float]


def on_sphere(point: Point) -> Vector:
    """Return the unit vector of a point."""
    lat, lon = radians(point.latitude), radians(point.longitude)
    return cos(lat) * cos(lon), cos(lat) * sin(lon), sin(lat)


def by_vectors(a: Point, b: Point) -> float:
    """Return the metres between two points, from the angle between their vectors."""
    (ax, ay, az), (bx, by, bz) = on_sphere(a), on_sphere(b)
    cross = (ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx)
    return EARTH * atan2(sqrt(sum(one * one for one in cross)), ax * bx + ay * by + az * bz)


def exactly_inside(ring: list[tuple[int, int]], x: int, y: int) -> bool | None:
    """Say by whole numbers whether a point of the plane is in a ring; None: it is on its border.

    A line to the north is followed, where `Polygon` follows one to the east.
    """
    inside = False
    for (ax, ay), (bx, by) in zip(ring, [*ring[1:], ring[0]], strict=True):
        turn = (bx - ax) * (y - ay) - (by - ay) * (x - ax)
        within = min(ax, bx) <= x <= max(ax, bx) and min(ay, by) <= y <= max(ay, by)
        if turn == 0 and within:
            return None
        if (ax > x) != (bx > x) and y < ay + Fraction(x - ax, bx - ax) * (by - ay):
            inside = not inside
    return inside


@given(points, points)
def test_distances(a: Point, b: Point) -> None:
    """They are those between the vectors of both points, to the centimetre; at half around the
    earth, where there are no zones, to ten metres.
    """
    expected = by_vectors(a, b)
    near = 0.01 if expected < 0.999 * pi * EARTH else 10
    assert distance(a, b) == pytest.approx(expected, abs=near)


@given(points, st.floats(1, 20_000_000), points)
def test_circles(center: Point, radius: float, point: Point) -> None:
    """Inside is who is not further away than the radius; bounds and grid leave out no user."""
    away = by_vectors(center, point)
    assume(abs(away - radius) > 10)
    circle = Circle(center, radius)
    assert circle.covers(*point, 0) == (away < radius)
    assert circle.covers(*point, 1000) == (away < radius + 1000) or abs(away - radius - 1000) < 10
    if away < radius:
        assert circle.bounds.hold(*point)
        assert Grid([circle.bounds]).find(*point) == [0]


whole = st.integers(-40, 40)


@given(
    st.lists(st.tuples(whole, whole), min_size=3, max_size=40, unique=True),
    whole,
    whole,
    st.sampled_from([0, 30, 100, 140, 179, 180, -179, -150, -90]),
    st.sampled_from([0, 40, -45]),
)
def test_polygons_anywhere(
    ring: list[tuple[int, int]], x: int, y: int, east: int, north: int
) -> None:
    """A point is in one exactly where it is by whole numbers, also across the date line, and
    whatever crosses itself.
    """
    expected = exactly_inside(ring, x, y)
    assume(expected is not None)

    def place(at: tuple[int, int]) -> Point:
        return Point(at[1] + north, (at[0] + east + 180) % 360 - 180)

    polygon = Polygon([place(one) for one in ring])
    found = polygon.covers(*place((x, y)), 0)
    assert found == expected
    if found:
        assert polygon.bounds.hold(*place((x, y)))
        assert Grid([polygon.bounds]).find(*place((x, y))) == [0]


@given(
    st.lists(st.tuples(st.integers(0, 359), st.integers(20, 80)), min_size=5, max_size=30),
    st.integers(0, 359),
    st.integers(-85, 89),
    st.booleans(),
    st.integers(0, 359),
)
def test_around_a_pole(
    shore: list[tuple[int, int]], lon: int, lat: int, is_south: bool, turned: int
) -> None:
    """What goes once around the globe holds the nearer pole, and all that is between."""
    ring = dict(sorted(shore))
    gaps = zip(ring, [*list(ring)[1:], min(ring) + 360], strict=True)
    assume(all(b - a < 180 for a, b in gaps))
    around = [*ring.items(), (min(ring) + 360, ring[min(ring)])]
    place = lon if lon >= min(ring) else lon + 360
    (a, lat_a), (b, lat_b) = next(
        (one, other) for one, other in itertools.pairwise(around) if place <= other[0]
    )
    edge = lat_a + Fraction(place - a, b - a) * (lat_b - lat_a)
    assume(lat != edge)
    sign = -1 if is_south else 1

    def at(longitude: int, latitude: int) -> Point:
        return Point(sign * latitude, (longitude + turned) % 360 - 180)

    polygon = Polygon([at(*one) for one in ring.items()])
    assert polygon.covers(*at(lon, lat), 0) == (lat > edge)
    assert polygon.covers(sign * 90, 0, 0)
    assert not polygon.covers(-sign * 90, 0, 0)


@given(
    st.floats(-70, 70),
    longitudes,
    st.floats(0, 2 * pi),
    st.floats(1, 300),
    st.floats(1, 300),
)
def test_margins(
    latitude: float, longitude: float, direction: float, away: float, margin: float
) -> None:
    """Who is outside by less than the margin is still covered: a square of a kilometre, and points
    off the middle of its eastern edge and off its corner.
    """
    assume(abs(away - margin) > 1)
    half = 500 / DEGREE
    wide = half / cos(radians(latitude))
    corners = [(-half, -wide), (-half, wide), (half, wide), (half, -wide)]

    def there(north: float, east: float) -> Point:
        return Point(latitude + north, (longitude + east + 180) % 360 - 180)

    square = Polygon([there(*corner) for corner in corners])
    metre = 1 / DEGREE
    off_edge = there(0, wide + away * metre / cos(radians(latitude)))
    assert square.covers(*off_edge, margin) == (away < margin)
    assert not square.covers(*off_edge, 0)
    out = abs(cos(direction)), abs(sin(direction))
    off_corner = there(
        half + away * metre * out[0],
        wide + away * metre * out[1] / cos(radians(latitude + half)),
    )
    assert square.covers(*off_corner, margin) == (away < margin) or abs(away - margin) < 3


def test_seams_are_no_border() -> None:
    """No user is near the edge of the antarctic at a line that only closes it for computing."""
    antarctic = Polygon([Point(-60, longitude) for longitude in (-170, -80, 10, 100)])
    assert antarctic.covers(-75, 179.9, 0)
    assert not antarctic.covers(-59.9, 180, 0)
    assert antarctic.covers(-59.9999, 180, 100)
    assert not antarctic.covers(-59.9999, 180, 5)


@pytest.mark.parametrize(
    ("bounds", "inside", "outside"),
    [
        (Bounds(-1, 170, 1, -170), (0, 180), (0, 160)),
        (Bounds(80, -180, 90, 180), (85, 33), (79, 33)),
    ],
)
def test_bounds_across_the_date_line(
    bounds: Bounds, inside: tuple[float, float], outside: tuple[float, float]
) -> None:
    """West may be greater than east."""
    assert bounds.hold(*inside)
    assert not bounds.hold(*outside)
    assert Grid([bounds]).find(*inside) == [0]
    assert Grid([bounds]).find(*outside) == []


def test_known_distance() -> None:
    """Lisbon to Berlin, by the law of cosines of a sphere."""
    lisbon, berlin = Point(38.7223, -9.1393), Point(52.52, 13.405)
    angle = acos(
        sin(radians(38.7223)) * sin(radians(52.52))
        + cos(radians(38.7223)) * cos(radians(52.52)) * cos(radians(13.405 + 9.1393))
    )
    assert distance(lisbon, berlin) == pytest.approx(EARTH * angle)
    assert degrees(angle) == pytest.approx(20.8, abs=0.1)
