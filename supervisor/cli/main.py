"""The entry point of `meshvisor`: runs a command and turns every way to fail into one sentence.

Owns exit codes, crash reports and the short way to `status`.  Does not own any command: they are
found by `supervisor.cli.root`, which loads click, which alone takes half as long as `status` may.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress

from shared.errors import MeshvisorError
from supervisor.cli import output

INTERRUPTED = 130
"""Exit code after Ctrl+C, as shells have it: 128 + SIGINT."""

COMPLETION_VARIABLE = "_MESHVISOR_COMPLETE"
"""Set by the completion scripts; click answers then instead of running a command."""


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code (docs/cli.md).

    Args:
        arguments: what follows the program's name; None: this process's own.
    """
    given = sys.argv[1:] if arguments is None else arguments
    output.fill_in()
    try:
        code = _run(given)
        output.flush()
    except output.OutputError as error:
        output.give_up()
        _say(str(error))
        return error.exit_code
    except MeshvisorError as error:
        _say(str(error))
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has seen enough (`| head`).
        output.give_up()
        return 0
    except Exception as error:  # noqa: BLE001 - a bug of ours must not reach people raw
        from supervisor.cli.crash import report

        _say(report(error, given))
        return MeshvisorError.exit_code
    return code


def _run(arguments: list[str]) -> int:
    if COMPLETION_VARIABLE not in os.environ:
        from supervisor.cli.quick_status import try_quickly

        if try_quickly(arguments):
            return 0
    from supervisor.cli.root import run

    return run(arguments)


def _say(sentence: str) -> None:
    from supervisor.cli.terminal import RED, clean_lines, has_colours, paint

    mark = paint("Error:", RED, has_colours(sys.stderr))
    # Nobody may be there to read our errors either; the exit code still tells.
    with suppress(OSError):
        sys.stderr.write(f"{mark} {_capitalised(clean_lines(sentence))}\n")


def _capitalised(sentence: str) -> str:
    # Only what is a word: a path, an option or an id has to stay as it is.
    first, _, _ = sentence.partition(" ")
    return sentence[:1].upper() + sentence[1:] if first.isalpha() else sentence


if __name__ == "__main__":
    sys.exit(main())
