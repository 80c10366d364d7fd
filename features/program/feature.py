"""Programs: the transport that has any program carry the messages of a mesh, as JSON lines."""

from __future__ import annotations

from typing import Final

from meshvisor.shared.feature import Feature

FEATURE: Final = Feature(name="program", transports="kind:KINDS")
