"""Which console this is: pages that stay open over an update find out that they are of another.

Every answer says it in `X-Meshvisor-Build`, and the stream with `live`, which comes first whenever
a page has come back.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from meshvisor.console.static_files import INDEX
from meshvisor.shared.version import VERSION

BUILD_HEADER: Final = "X-Meshvisor-Build"

_LENGTH: Final = 12


def build_of(static: Path) -> str:
    """Return the id of this build of the console: its version, and the hash of its pages.

    Args:
        static: folder of the built pages; it may be missing.
    """
    try:
        # It names every other file by what is in it.
        pages = hashlib.sha256((static / INDEX).read_bytes()).hexdigest()[:_LENGTH]
    except OSError:
        pages = "no-pages"
    return f"{VERSION}+{pages}"
