"""A test draws the same, whatever other tests have drawn before it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

FOLDERS = ("tests", "examples", "benchmarks")


def shared_generators(tree: ast.Module) -> Iterator[int]:
    """Yield the lines that make a generator for a whole module or seed the global one."""
    functions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
    left: list[tuple[ast.AST, bool]] = [(tree, False)]
    while left:
        node, inside = left.pop()
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            called = ast.unparse(node.func)
            if called == "random.seed" or (called == "random.Random" and not inside):
                yield node.lineno
        inside = inside or isinstance(node, functions)
        left += [(child, inside) for child in ast.iter_child_nodes(node)]


def test_generators_are_made_per_test(project: Path) -> None:
    """A generator that tests share gives each of them other numbers when one more is run."""
    found = [
        f"{path.relative_to(project)}:{line}"
        for folder in FOLDERS
        for path in sorted((project / folder).rglob("*.py"))
        if not {"node_modules", ".venv"} & set(path.parts)
        for line in shared_generators(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert found == []


def test_shared_generators_are_found() -> None:
    """The search knows a module's generator, a class's and a global seed."""
    code = (
        "import random\nA = random.Random(1)\nclass B:\n    c = random.Random(2)\n"
        "def d():\n    random.seed(3)\n    return random.Random(4)\n"
    )
    assert sorted(shared_generators(ast.parse(code))) == [2, 4, 6]
