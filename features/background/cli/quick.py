"""The short way to `meshvisor process-status NAME`: without click, which takes half of the time.

Owns the spelling that people and `watch` use all the time.  Everything else, `--help`, options and
mistakes included, is left to `cli.status`, which shows the same; a test holds the two together.
"""

from __future__ import annotations


def try_quickly(arguments: list[str]) -> bool:
    """Show the status when `arguments` ask for exactly that; False: not done, use click.

    Raises:
        MeshvisorError: as `cli.status` does.
    """
    words = [word for word in arguments if word != "--json"]
    if len(words) != 2 or words[0] != "process-status":
        return False

    from meshvisor.features.background.names import Files, check_name

    try:
        name = check_name(words[1])
    except ValueError:
        return False

    from meshvisor.features.background.cli.view import as_json, text_of
    from meshvisor.features.background.folder import choose_folder
    from meshvisor.features.background.looking import look_for
    from meshvisor.supervisor.cli import output
    from meshvisor.supervisor.cli.terminal import has_colours

    view = as_json(look_for(Files(choose_folder(None), name)))
    is_json = len(words) < len(arguments)
    text = output.to_json(view, indent=2) if is_json else text_of(view, colours=has_colours())
    output.write(text + "\n")
    return True
