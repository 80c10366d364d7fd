"""docker-compose.yml is one that Docker understands, and keeps what docs/deployment.md promises."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pymongo.uri_parser import parse_uri
from ruamel.yaml import YAML

from meshvisor.features.fleet.settings import FleetSettings
from meshvisor.shared.paths import HOME_VARIABLE
from meshvisor.shared.settings.environment import Environment
from tests.programs import NODE, require

ACCOUNT = "deploy/mongodb/create_account.js"


@pytest.fixture(scope="module")
def compose(project: Path) -> dict[str, Any]:
    """Return the file as Docker reads it, anchors resolved."""
    content: dict[str, Any] = YAML(typ="safe").load(project / "docker-compose.yml")
    return content


@pytest.fixture(scope="module")
def supervisor(compose: dict[str, Any]) -> dict[str, Any]:
    """Return the service that keeps the fleet."""
    return dict(compose["services"]["supervisor"])


@pytest.fixture(scope="module")
def mongodb(compose: dict[str, Any]) -> dict[str, Any]:
    """Return the service that keeps the directory."""
    return dict(compose["services"]["mongodb"])


def verdict(file: Path) -> subprocess.CompletedProcess[str]:
    """Hold a file against the schema of compose files."""
    program = Path(sys.executable).with_name("check-jsonschema")
    return subprocess.run(
        [program, "--builtin-schema", "vendor.compose-spec", file],
        capture_output=True,
        text=True,
        check=False,
    )


def seconds(duration: str) -> int:
    """Return how long a duration like `30s` is."""
    found = re.fullmatch(r"(\d+)s", duration)
    assert found, duration
    return int(found[1])


# ---- The file ------------------------------------------------------------------------------------


def test_the_file_is_understood(project: Path) -> None:
    """Nothing in the file is unknown, misspelt or of a wrong type."""
    answer = verdict(project / "docker-compose.yml")
    assert answer.returncode == 0, answer.stdout


@pytest.mark.parametrize(
    ("right", "wrong"), [("    healthcheck:", "    healthceck:"), ("init: false", "init: [no]")]
)
def test_a_wrong_line_is_found(project: Path, tmp_path: Path, right: str, wrong: str) -> None:
    """The check above would notice an unknown key and a value of a wrong type."""
    file = tmp_path / "docker-compose.yml"
    text = (project / "docker-compose.yml").read_text()
    assert right in text
    file.write_text(text.replace(right, wrong))

    assert verdict(file).returncode != 0


def test_there_is_no_password_in_it(project: Path, compose: dict[str, Any]) -> None:
    """The password comes from outside; without one Docker refuses and names the page."""
    text = (project / "docker-compose.yml").read_text()
    uses = re.findall(
        r"\$\{?MONGODB_PASSWORD[^}]*\}?", "".join(map(str, compose["services"].values()))
    )

    assert len(uses) == 2
    assert all(":?" in use and "docs/deployment.md" in use for use in uses)
    assert not re.search(r"password\w*\s*[:=]\s*[\"']?\w", text.replace("$(", "("), re.IGNORECASE)


def test_the_file_with_the_password_stays_out_of_the_repository(project: Path) -> None:
    """What the steps write is ignored by git."""
    assert "/.env" in (project / ".gitignore").read_text().splitlines()


@pytest.mark.parametrize("name", ["supervisor", "mongodb"])
def test_services_are_confined(compose: dict[str, Any], name: str) -> None:
    """No service is root, gains rights, or writes to anything but its volume and /tmp."""
    service = compose["services"][name]
    user, group = service["user"].split(":")

    assert int(user) > 0
    assert int(group) > 0
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service
    assert any(place.startswith("/tmp:size=") for place in service["tmpfs"])


@pytest.mark.parametrize("name", ["supervisor", "mongodb"])
def test_services_last(compose: dict[str, Any], name: str) -> None:
    """Each service is restarted, watched, and cannot fill the disk with its output."""
    service = compose["services"][name]

    assert service["restart"] == "unless-stopped"
    assert service["healthcheck"]["test"][0] == "CMD"
    assert seconds(service["healthcheck"]["timeout"]) < seconds(service["healthcheck"]["interval"])
    assert {"max-size", "max-file"} <= service["logging"]["options"].keys()


def test_nothing_is_published(compose: dict[str, Any]) -> None:
    """No port of any service is reachable from outside its networks."""
    for service in compose["services"].values():
        assert not {"ports", "expose", "network_mode"} & service.keys()


# ---- The supervisor ------------------------------------------------------------------------------


def test_the_supervisor_waits_for_a_healthy_database(supervisor: dict[str, Any]) -> None:
    """It starts when the directory can be read, and reaches the mesh platform as well."""
    assert supervisor["depends_on"]["mongodb"]["condition"] == "service_healthy"
    assert set(supervisor["networks"]) == {"outside", "database"}


def test_docker_is_more_patient_than_the_supervisor(supervisor: dict[str, Any]) -> None:
    """The supervisor has the time that it gives its workers, and as much again to end them."""
    assert seconds(supervisor["stop_grace_period"]) >= 2 * FleetSettings().shutdown_timeout


def test_the_supervisor_is_asked_how_it_is(supervisor: dict[str, Any]) -> None:
    """Its health is the exit code of `meshvisor status`."""
    assert supervisor["healthcheck"]["test"] == ["CMD", "meshvisor", "status"]


def test_the_variables_are_settings(supervisor: dict[str, Any]) -> None:
    """Each variable is one that the supervisor knows, and has a value of the right type."""
    environment = Environment(supervisor["environment"])

    assert not environment.problems
    assert list(environment.values) == [("database", "uri")]


def test_the_home_is_a_volume(
    compose: dict[str, Any], supervisor: dict[str, Any], project: Path
) -> None:
    """Settings, blocklist and logs outlive the container."""
    home = re.search(rf"{HOME_VARIABLE}=(\S+)", (project / "Dockerfile").read_text())

    assert home is not None
    assert supervisor["volumes"] == [f"home:{home[1]}"]
    assert "home" in compose["volumes"]


# ---- MongoDB -------------------------------------------------------------------------------------


def test_the_database_is_reached_from_inside_only(
    compose: dict[str, Any], mongodb: dict[str, Any]
) -> None:
    """Its only network has no way out."""
    assert mongodb["networks"] == ["database"]
    assert compose["networks"]["database"]["internal"] is True


def test_the_data_is_in_a_named_volume(compose: dict[str, Any], mongodb: dict[str, Any]) -> None:
    """The directory outlives the container, and is found again under its name."""
    assert "mongodb:/data/db" in mongodb["volumes"]
    assert "mongodb" in compose["volumes"]


def test_the_image_has_a_version(mongodb: dict[str, Any]) -> None:
    """A restart never brings another release of MongoDB, whose files an older one cannot read."""
    assert re.fullmatch(r"mongo:\d+\.\d+", mongodb["image"])


def test_the_database_asks_for_the_account(
    supervisor: dict[str, Any], mongodb: dict[str, Any]
) -> None:
    """None gets in without a password, and health means that the account gets in from outside."""
    check = " ".join(mongodb["healthcheck"]["test"])

    assert "--auth" in mongodb["command"]
    assert "--host mongodb" in check
    assert "auth('meshvisor', process.env.MONGODB_PASSWORD)" in check
    assert "${" not in check, "a password in arguments can be seen by everybody on the machine"
    assert "MONGODB_PASSWORD" in mongodb["environment"]


def test_the_account_is_the_one_that_is_used(
    project: Path, supervisor: dict[str, Any], mongodb: dict[str, Any]
) -> None:
    """The script makes the account that the supervisor logs in with, for that database alone."""
    uri = re.sub(r"\$\{[^}]*\}", "0a1b", supervisor["environment"]["MESHVISOR__DATABASE__URI"])
    wanted = parse_uri(uri)
    made = run_script(project, {"MONGODB_PASSWORD": "0a1b"})
    (mount,) = (volume for volume in mongodb["volumes"] if isinstance(volume, dict))

    assert wanted["nodelist"] == [("mongodb", 27017)]
    assert made == {
        "database": wanted["database"],
        "account": {
            "user": wanted["username"],
            "pwd": wanted["password"],
            "roles": [{"role": "dbOwner", "db": wanted["database"]}],
        },
    }
    assert mount["source"] == f"./{ACCOUNT}"
    assert mount["target"] == f"/docker-entrypoint-initdb.d/{Path(ACCOUNT).name}"
    assert mount["read_only"] is True


def test_no_account_without_a_password(project: Path) -> None:
    """The script fails rather than making an account that all may use."""
    with pytest.raises(subprocess.CalledProcessError):
        run_script(project, {"MONGODB_PASSWORD": ""})


def run_script(project: Path, environment: dict[str, str]) -> Any:
    """Run the script on a database that only notes its commands; return those."""
    require(NODE)
    around = """
    const db = { getSiblingDB: (database) => ({
      createUser: (account) => console.log(JSON.stringify({ database, account })) }) };
    """
    script = around + (project / ACCOUNT).read_text()
    node = subprocess.run(
        ["/usr/bin/env", "node", "-"],
        input=script,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(node.stdout)
