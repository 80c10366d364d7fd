"""Watch-party rooms: the transport that speaks protoo to the servers of a platform."""

from __future__ import annotations

from typing import Final

from meshvisor.shared.feature import Feature

FEATURE: Final = Feature(name="watch_party", transports="kind:KINDS")
