"""Whether the settings are right; the other checks need them."""

from __future__ import annotations

import os

from meshvisor.shared.errors import MissingError, SettingsError
from meshvisor.shared.paths import Home
from meshvisor.shared.settings.load import load_settings
from meshvisor.shared.settings.model import Settings
from meshvisor.supervisor.cli.doctor.finding import Finding, fail, ok


def check(home: Home) -> tuple[Settings | None, list[Finding]]:
    """Return the settings, None when they are wrong, and what was found."""
    try:
        settings = load_settings(home, os.environ)
    except SettingsError as error:
        advice = "correct that; 'meshvisor config schema' says what is allowed"
        return None, [fail("settings", str(error), advice)]
    except MissingError as error:
        return None, [fail("settings", str(error), "run that, and the doctor again")]
    there = home.settings_file.exists()
    text = str(home.settings_file) if there else f"defaults; there is no {home.settings_file}"
    return settings, [ok("settings", text)]
