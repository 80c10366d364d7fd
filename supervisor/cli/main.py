"""The entry point of `meshvisor`: runs a command and turns every way to fail into one sentence.

Owns exit codes, crash reports and the short ways to what is asked often.  Does not own any command:
they are found by `supervisor.cli.root`, which loads click, which alone takes half as long as
`status` may; nor what is said about errors of the machine (`shared.system_errors`).
"""

from __future__ import annotations

import os
import sys
import warnings
from contextlib import suppress
from importlib import import_module

from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.streams import open_standard_streams
from meshvisor.supervisor.cli import output

INTERRUPTED = 130
"""Exit code after Ctrl+C, as shells have it: 128 + SIGINT."""

WITHOUT = "MESHVISOR_WITHOUT"
"""`shared.feature.WITHOUT`: features that are left out."""

COMPLETION_VARIABLE = "_MESHVISOR_COMPLETE"
"""Set by the completion scripts; click answers then instead of running a command."""

_RUN = "run"
_STATUS = "status"

_QUICK_STATUS = "meshvisor.supervisor.cli.status.quick"
"""Does what people and `watch` call all the time without click, if the arguments are the usual
ones.  Commands of features have theirs in `features.short_ways`, which loads none of them."""

_SHORT_WAYS = "meshvisor.features.short_ways"

_OTHERS = 0o077
"""The bits of a umask that may hold: those for group and others."""


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code (docs/cli.md).

    Args:
        arguments: what follows the program's name; None: this process's own.
    """
    given = sys.argv[1:] if arguments is None else arguments
    if arguments is None:
        _keep_python_quiet()
    _keep_ours_usable()
    code = _exit_code(given, _current_folder())
    if arguments is None and _is_over(_command(given)):
        os._exit(code)
    return code


def _is_over(command: str | None) -> bool:
    """Say whether a command has given back all that it had when it returns.

    Its process ends at once then.  Python would take apart first what it has loaded, module by
    module: 6 ms of a `status` of 40, and 35 ms of the stop of a supervisor.
    """
    # Not loaded where it cannot be: that was reported already, and nothing here may raise.
    ways = getattr(sys.modules.get(_SHORT_WAYS), "SHORT_WAYS", {})
    return command in {_RUN, _STATUS} or command in ways


def _exit_code(given: list[str], folder: str) -> int:
    try:
        return _run(given)
    except output.ReaderLeftError:
        output.give_up()
        return 0
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 - nothing may reach people raw
        return _fail(error, given, folder)
    finally:
        with suppress(OSError):
            output.settle()


def _keep_ours_usable() -> None:
    """Take the owner's bits out of an odd umask: what we make must stay usable for ourselves."""
    os.umask(os.umask(_OTHERS) & _OTHERS)


def _run(arguments: list[str]) -> int:
    open_standard_streams()
    code = _carry_out(arguments)
    output.flush()
    return code


def _carry_out(arguments: list[str]) -> int:
    short = _short_way(_command(arguments))
    is_usual = not any(name in os.environ for name in (COMPLETION_VARIABLE, WITHOUT))
    if is_usual and short is not None and import_module(short).try_quickly(arguments):
        return 0
    from meshvisor.supervisor.cli.root import run

    return run(arguments)


def _short_way(command: str | None) -> str | None:
    """Return the module that does a command without click; None: there is none."""
    if command == _STATUS:
        return _QUICK_STATUS
    if command is None:
        return None
    ways: dict[str, str] = import_module(_SHORT_WAYS).SHORT_WAYS
    return ways.get(command)


def _command(arguments: list[str]) -> str | None:
    """Return the command's name; None: there is none."""
    rest = iter(arguments)
    for argument in rest:
        if argument == "--home":
            next(rest, None)
        elif not argument.startswith("-"):
            return argument
    return None


def _keep_python_quiet() -> None:
    """Leave out what Python says to programmers.

    What fails or warns while it cleans up follows from an error that has been said already.
    """
    sys.unraisablehook = lambda _what: None
    if not sys.warnoptions:
        warnings.simplefilter("ignore")


def _current_folder() -> str:
    try:
        return os.getcwd()
    except OSError:
        return os.sep  # it is gone, and so is what is relative to it


def _fail(error: Exception, arguments: list[str], folder: str) -> int:
    """Say what has gone wrong, and return the exit code."""
    try:
        explained = _explained(error, arguments, folder)
        _say(str(explained))
    except Exception:  # noqa: BLE001 - the first error is what has to be said
        # The machine does not even let us load what explains it.
        explained = MeshvisorError()
        _say_plainly(error)
    _print_rest()
    return explained.exit_code


def _say_plainly(error: Exception) -> None:
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    with suppress(OSError):
        output.remark(
            f"Error: The machine refuses too much to say more than this: {reason}; free open "
            "files, memory or room on the disk, and try again."
        )


def _print_rest() -> None:
    """Print what was said before the error; that it cannot be printed would be a second error."""
    try:
        output.flush()
    except (output.OutputError, output.ReaderLeftError):
        with suppress(OSError):
            output.give_up()


def _explained(error: Exception, arguments: list[str], folder: str) -> MeshvisorError:
    if isinstance(error, MeshvisorError):
        return error
    from meshvisor.shared.system_errors import explain

    explained = explain(error)
    if explained is not None:
        return explained
    from meshvisor.supervisor.cli.crash import report

    return MeshvisorError(report(error, arguments, folder))


def _say(sentence: str) -> None:
    from meshvisor.supervisor.cli.terminal import RED, clean_lines, has_colours, paint

    mark = paint("Error:", RED, has_colours(sys.stderr))
    output.remark(f"{mark} {_capitalised(clean_lines(sentence))}")


def _capitalised(sentence: str) -> str:
    # Only what is a word: a path, an option or an id has to stay as it is.
    first, _, _ = sentence.partition(" ")
    return sentence[:1].upper() + sentence[1:] if first.isalpha() else sentence


if __name__ == "__main__":
    sys.exit(main())
