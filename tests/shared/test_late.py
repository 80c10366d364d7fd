"""A module that is loaded late is the module, once something of it is used."""

from __future__ import annotations

import subprocess
import sys

import pytest

from meshvisor.shared.late import late


def test_it_is_loaded_with_its_first_use() -> None:
    """And not before; what is not in it is missing as in any module."""
    program = (
        "import sys; from meshvisor.shared.late import late; stands = late('wave');"
        "assert 'wave' not in sys.modules; opened = stands.open;"
        "assert opened is sys.modules['wave'].open is stands.open"
    )
    subprocess.run([sys.executable, "-P", "-c", program], check=True)
    with pytest.raises(AttributeError):
        late("wave").there_is_none  # noqa: B018


def test_a_start_loads_nothing_that_it_has_no_need_of() -> None:
    """A supervisor's services come without the results of features, and without the language of
    workflows.
    """
    program = (
        "import sys; import meshvisor.supervisor.serving; "
        "from meshvisor.shared.feature import parts; list(parts('services')); "
        "late = ('.results', '.model.conditions', '.model.definition', '.model.stepping', "
        "'.model.state'); "
        "print(*sorted(n for n in sys.modules if n.endswith(late) and '.features.' in n))"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", program], check=True, capture_output=True, text=True
    )
    assert done.stdout.split() == []
