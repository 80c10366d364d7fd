"""pydantic in a supervisor: without plug-ins of other packages, and without looking for them."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys
from meshvisor.supervisor.pydantic_alone import keep_alone
keep_alone()
from meshvisor.shared.settings.model import settings_class
settings_class().model_validate_json("{}", strict=True)
print("importlib.metadata" in sys.modules)
"""


def test_no_plug_ins_are_asked() -> None:
    """Models are made and used; what would look through all packages is not even loaded."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("False\n", "")
