"""What the tests of children have in common."""

from __future__ import annotations

from tests.supervisor.children.setting import setting

__all__ = ["setting"]
