"""The Dockerfile is one that Docker understands, and fits the project that it packs."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from ruamel.yaml import YAML

from meshvisor.shared.paths import HOME_VARIABLE
from tests.deploy.dockerfile import Instruction, copied, read


@pytest.fixture(scope="module")
def instructions(project: Path) -> list[Instruction]:
    """Return what the Dockerfile says."""
    return read(project / "Dockerfile")


@pytest.fixture(scope="module")
def metadata(project: Path) -> dict[str, Any]:
    """Return what pyproject.toml says."""
    return tomllib.loads((project / "pyproject.toml").read_text())


def in_last_stage(instructions: list[Instruction], word: str) -> list[Instruction]:
    """Return the instructions of that word that make the image that runs."""
    last = instructions[-1].stage
    return [one for one in instructions if one.stage == last and one.word == word]


def verdict(file: Path) -> subprocess.CompletedProcess[str]:
    """Have hadolint look at a Dockerfile."""
    program = Path(sys.executable).with_name("hadolint")
    return subprocess.run([program, file], capture_output=True, text=True, check=False)


# ---- The Dockerfile ------------------------------------------------------------------------------


def test_the_linter_has_nothing_to_say(project: Path) -> None:
    """Nothing in the Dockerfile is unknown or known to go wrong."""
    answer = verdict(project / "Dockerfile")
    assert answer.returncode == 0, answer.stdout


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("WORKDIR /build", "WORKDIRR /build"), ("-slim-trixie AS", " AS\nRUN sudo")],
)
def test_a_wrong_line_is_found(project: Path, tmp_path: Path, right: str, wrong: str) -> None:
    """The check above would notice an unknown instruction and a bad habit."""
    file = tmp_path / "Dockerfile"
    text = (project / "Dockerfile").read_text()
    assert right in text
    file.write_text(text.replace(right, wrong, 1))

    assert verdict(file).returncode != 0


def test_its_python_is_one_that_we_support(
    instructions: list[Instruction], metadata: dict[str, Any]
) -> None:
    """The image's Python has a version, and is among those that the project says it runs on."""
    base = next(one for one in instructions if one.word == "FROM").arguments[0]
    version = re.fullmatch(r"python:(\d+\.\d+)-slim-\w+", base)

    assert version is not None
    assert version[1] in SpecifierSet(metadata["project"]["requires-python"])
    assert f"Programming Language :: Python :: {version[1]}" in metadata["project"]["classifiers"]


def test_one_base_for_all_stages(instructions: list[Instruction]) -> None:
    """What is installed in one stage runs in the other: both have the same Python."""
    first, *others = (one.arguments for one in instructions if one.word == "FROM")

    assert others
    assert {stage[0] for stage in others} == {first[-1]}


def test_what_is_copied_is_there(project: Path, instructions: list[Instruction]) -> None:
    """Every file that is copied exists in the checkout."""
    assert [name for name in copied(instructions) if not (project / name).exists()] == []


def test_the_packages_are_those_of_the_wheel(
    project: Path, instructions: list[Instruction], metadata: dict[str, Any]
) -> None:
    """No package is forgotten, and none comes that is not installed: it holds links to others."""
    copied_folders = {name for name in copied(instructions) if (project / name).is_dir()}
    packages = set(metadata["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
    links = {
        one.name for name in packages for one in (project / name).iterdir() if one.is_symlink()
    }

    assert copied_folders == packages | links


def test_only_locked_wheels_are_installed(instructions: list[Instruction]) -> None:
    """The network is asked only for wheels with checksums; the rest goes without an index."""
    runs = " && ".join(one.rest for one in instructions if one.word == "RUN")
    asked = [
        line for line in runs.split(" && ") if re.match(r"pip .*\b(download|wheel|install)\b", line)
    ]

    assert len(asked) == 3
    for line in asked:
        locked = {"--require-hashes", "--only-binary", ":all:", "requirements.lock"} <= {
            *line.split()
        }
        assert locked or "--no-index" in line.split()


def test_the_build_backend_is_in_the_lock(project: Path, metadata: dict[str, Any]) -> None:
    """The wheel can be built without asking an index for what builds it."""
    locked = (project / "requirements.lock").read_text()

    for wanted in map(Requirement, metadata["build-system"]["requires"]):
        assert re.search(rf"^{wanted.name}==", locked, re.MULTILINE)


def test_nothing_is_installed_where_it_runs(instructions: list[Instruction]) -> None:
    """The image that runs has no compiler, and no tool that built anything."""
    for one in in_last_stage(instructions, "RUN"):
        assert not re.search(r"\b(apt-get|pip|curl|wget)\b", one.rest)


def test_the_home_belongs_to_the_user(project: Path, instructions: list[Instruction]) -> None:
    """The supervisor is not root and finds its home as start-up demands: closed to others."""
    (user,) = in_last_stage(instructions, "USER")
    (workdir,) = in_last_stage(instructions, "WORKDIR")
    (environment,) = in_last_stage(instructions, "ENV")
    (run,) = in_last_stage(instructions, "RUN")
    (settings,) = (one for one in in_last_stage(instructions, "COPY") if "chown" in one.options)
    uid, gid = user.rest.split(":")
    services = YAML(typ="safe").load(project / "docker-compose.yml")["services"]

    assert int(uid) > 0
    assert services["supervisor"]["user"] == user.rest
    assert f"{HOME_VARIABLE}={workdir.rest}" in environment.rest.split()
    assert f"install -d -m 0700 -o {uid} -g {gid} {workdir.rest} " in run.rest
    assert settings.options == {"chown": user.rest, "chmod": "0600"}
    assert settings.arguments[-1] == f"{workdir.rest}/config/meshvisor.toml"


def test_signals_reach_the_supervisor(instructions: list[Instruction]) -> None:
    """No shell stands between Docker and the supervisor."""
    (command,) = in_last_stage(instructions, "CMD")

    assert command.rest == '["meshvisor", "run"]'
    assert not in_last_stage(instructions, "ENTRYPOINT")


# ---- What is sent to the builder -----------------------------------------------------------------


def test_nothing_else_is_sent_to_the_builder(
    project: Path, instructions: list[Instruction]
) -> None:
    """History, environments, tests, a home's files and secrets cannot get into an image."""
    lines = (project / ".dockerignore").read_text().splitlines()
    first, *rules = (line for line in lines if line and not line.startswith("#"))
    back = [rule.removeprefix("!") for rule in rules if rule.startswith("!")]

    assert first == "*"
    assert sorted(back) == sorted(copied(instructions))
    # The last rule that fits wins, so these hold inside what was let in again.
    assert rules[len(back) :] == [
        "**/__pycache__",
        "**/node_modules",
        "console/static",
        "console/web/src/api/schema.d.ts",
        "**/*.pyc",
    ]


@pytest.mark.parametrize(
    "secret", ["config/database.json", "config/credentials.json", ".env", "var", ".git", ".venv"]
)
def test_secrets_are_not_sent_to_the_builder(instructions: list[Instruction], secret: str) -> None:
    """None of what is let in is a secret or a folder that holds one."""
    let_in = {Path(name) for name in copied(instructions)}

    assert not let_in & {Path(secret), *Path(secret).parents}
