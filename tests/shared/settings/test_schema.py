from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

from meshvisor.features.access.settings import AccountSettings
from meshvisor.features.fleet.settings import StaticMesh
from meshvisor.features.jobs.settings import LaneSettings
from meshvisor.features.watch_party.settings import PlatformSettings
from meshvisor.shared.paths import Home
from meshvisor.shared.settings.kernel import RetentionSettings
from meshvisor.shared.settings.load import diff, load_settings
from meshvisor.shared.settings.model import default_settings
from meshvisor.shared.settings.schema import known_names, settings_schema

EXAMPLE = Path(__file__).parents[3] / "config" / "meshvisor.toml"


def test_every_setting_is_described() -> None:
    """The JSON Schema has a description for each setting, taken from the model's comments."""
    schema = settings_schema()
    for section in known_names(()):
        for name in known_names((section,)):
            table = schema["$defs"][schema["properties"][section]["$ref"].rpartition("/")[2]]
            assert table["properties"][name].get("description"), f"{section}.{name}"
    assert json.loads(json.dumps(schema)) == schema


def test_prefix_may_be_text_or_list() -> None:
    """The schema allows all that the loading allows."""
    prefix = settings_schema()["$defs"]["FleetSettings"]["properties"]["command_prefix"]
    assert [choice["type"] for choice in prefix["anyOf"]] == ["string", "array"]


def test_example_file_changes_nothing(tmp_path: Path) -> None:
    """The file as it is delivered means the defaults."""
    home = Home(tmp_path)
    home.config.mkdir()
    home.settings_file.write_text(EXAMPLE.read_text())
    home.settings_file.chmod(0o600)
    assert load_settings(home, {}) == default_settings()


def test_example_file_lists_every_default(tmp_path: Path) -> None:
    """With every `#` removed, the file sets each setting to the default it has."""
    uncommented = r"^#(?=\w+ = |\[\[|\[accounts|\[channels|\[templates)"
    text = re.sub(uncommented, "", EXAMPLE.read_text(), flags=re.MULTILINE)
    home = Home(tmp_path)
    home.config.mkdir()
    home.settings_file.write_text(text)
    home.settings_file.chmod(0o600)
    settings = load_settings(home, {})
    assert set(diff(default_settings(), settings)) == {
        *("accounts", "lanes", "meshes", "retention", "schedules"),
        *("channels", "recipients", "templates", "health.limits"),
    }
    assert settings.each(LaneSettings) == (LaneSettings(name="game-api", concurrency=4),)
    assert settings.each(StaticMesh) == (
        StaticMesh(
            id="lobby",
            server=default_settings().of(PlatformSettings).server,
            places=("#lobby",),  # left out it means all, which no list can say
        ),
    )
    written = tomllib.loads(text)
    assert set(written) == set(known_names(()))
    for section in known_names(()):
        content = written[section]
        if section == "accounts":  # what else it holds is its transport's to say
            content = {k: v for k, v in content["irc"].items() if k != "password"}
        elif section in {"channels", "templates"}:
            (content,) = content.values()
        names = set(content[0] if isinstance(content, list) else content)
        fields = {
            "accounts": AccountSettings.model_fields,
            "lanes": LaneSettings.model_fields,
            "meshes": StaticMesh.model_fields,
            "retention": RetentionSettings.model_fields,
            **dict.fromkeys(("channels", "recipients", "templates"), names),
            "schedules": names,  # most of what an entry may say would only confuse here
        }
        assert names == set(known_names((section,)) or fields[section]), section


def test_start_does_not_pay_for_reports() -> None:
    """What only a wrong setting needs is not imported by a start that has none."""
    code = """
import sys
import pydantic
class Any(pydantic.BaseModel): "pydantic loads parts of itself with the first model."
before = set(sys.modules)
import meshvisor.shared.settings.load
late = {"meshvisor.shared.settings.schema", "difflib", "ast", "inspect"}
print(sorted(late & (set(sys.modules) - before)))
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
