"""The short way to `meshvisor process-status NAME`: without click, which takes half of the time.

Owns the spellings that people and `watch` use all the time, `--json` and `--pid-dir` among them.
Everything else, `--help`, options and mistakes included, is left to `cli.status`, which shows the
same; a test holds the two together.
"""

from __future__ import annotations

import os


def try_quickly(arguments: list[str]) -> bool:
    """Show the status when `arguments` ask for exactly that; False: not done, use click.

    Raises:
        MeshvisorError: as `cli.status` does.
    """
    words, folder, as_json = [], None, False
    rest = iter(arguments)
    for argument in rest:
        if argument == "--json":
            as_json = True
        elif argument == "--pid-dir":
            folder = next(rest, "")
        else:
            words.append(argument)
    if len(words) != 2 or words[0] != "process-status":
        return False
    if folder is not None and not os.path.isdir(folder):
        return False

    from meshvisor.features.background.names import Files, check_name

    try:
        name = check_name(words[1])
    except ValueError:
        return False

    from meshvisor.features.background.cli import view
    from meshvisor.features.background.folder import choose_folder
    from meshvisor.features.background.looking import look_for
    from meshvisor.supervisor.cli import output
    from meshvisor.supervisor.cli.terminal import has_colours

    found = view.as_json(look_for(Files(choose_folder(folder), name)))
    text = (
        output.to_json(found, indent=2) if as_json else view.text_of(found, colours=has_colours())
    )
    output.write(text + "\n")
    return True
