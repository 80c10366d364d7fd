"""The options that the playground adds to `meshvisor run`, by name.

By themselves, because the command line reads them before the zygote is started, and whatever is
loaded by then delays every start.
"""

from __future__ import annotations

from typing import Final

PLAYGROUND: Final = "playground"
"""That there is one."""
ROOMS: Final = "rooms"
"""How many rooms, in place of the setting."""
