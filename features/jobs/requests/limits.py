"""Limits of requests about jobs, which the command line keeps to as well."""

from __future__ import annotations

from typing import Final

MAX_LISTED: Final = 1000
"""Jobs or items in one answer, which has to fit into a frame."""

MAX_QUEUED: Final = 100
"""Jobs of a lane in one answer."""

MAX_MARKED: Final = 1000
"""Items that are marked or put back with one request: what others then wait for."""

MAX_AGE: Final = 3650 * 86_400.0
"""Seconds; ten years."""

MAX_POSITION: Final = 2**53
"""Of an item: far more than a job may have, because jobs of earlier versions have gaps."""
