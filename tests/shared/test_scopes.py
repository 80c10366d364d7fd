"""Who may do what."""

from __future__ import annotations

import itertools

import pytest

from meshvisor.shared.scopes import LEVELS, ROLES, allows, check_scope, covers


def test_levels_hold_those_before_them() -> None:
    """Who may edit may operate and view, in their area and in no other."""
    assert allows(["jobs:edit"], "jobs:view")
    assert allows(["jobs:edit"], "jobs:operate")
    assert not allows(["jobs:edit"], "jobs:admin")
    assert not allows(["jobs:edit"], "fleet:view")
    assert allows(["*:view"], "fleet:view")
    assert not allows(["*:view"], "fleet:operate")
    assert allows(["jobs:*"], "jobs:admin")
    assert allows(["processes:execute"], "processes:view")
    assert not allows(["processes:execute"], "processes:create")
    assert not allows([], "jobs:view")


@pytest.mark.parametrize("level", ["execute", "create", "publish", "delete"])
def test_parts_of_editing_are_apart(level: str) -> None:
    """A program that may create may not delete for that, and an editor may do all of it."""
    others = {"operate", "execute", "create", "publish", "delete", "edit", "admin"} - {level}
    assert allows([f"processes:{level}"], "processes:view")
    assert not any(allows([f"processes:{level}"], f"processes:{other}") for other in others)
    assert allows(["processes:edit"], f"processes:{level}")
    assert covers(["*:edit"], [f"processes:{level}"])
    assert not covers([f"processes:{level}"], ["processes:edit"])


def test_scopes_add_up() -> None:
    """Several together allow what each does, and cover it."""
    held = ["processes:create", "*:operate"]
    assert covers(held, ["processes:create", "processes:execute", "jobs:operate"])
    assert not covers(held, ["processes:publish"])
    assert not covers(["jobs:edit", "fleet:edit"], ["*:edit"])


def test_roles_grow() -> None:
    """Each role may do what the one before it may, and more."""
    roles = list(ROLES.values())
    for less, more in itertools.pairwise(roles):
        assert covers(more, less)
        assert not covers(less, more)


@pytest.mark.parametrize("level", [*LEVELS, "*"])
def test_scopes(level: str) -> None:
    """What is no scope is refused with what is."""
    assert check_scope(f"jobs:{level}") == f"jobs:{level}"
    assert check_scope(f"*:{level}") == f"*:{level}"
    for wrong in (level, f"Jobs:{level}", f"jobs:{level}x", f":{level}", f"jobs:{level}\n"):
        with pytest.raises(ValueError, match="is no scope"):
            check_scope(wrong)
