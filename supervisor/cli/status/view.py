"""What `meshvisor status` shows: totals, one row per mesh, and what is wrong with the next step.

Owns the words.  Does not own the numbers (the supervisor's `status`) or the options
(`supervisor.cli.status.command`, `supervisor.cli.status.quick`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from meshvisor.shared.control.client import ControlClient
from meshvisor.supervisor.cli import output
from meshvisor.supervisor.cli.human import (
    block,
    duration,
    milliseconds,
    number,
    size,
    with_local_times,
)
from meshvisor.supervisor.cli.table import Cell, Column, render
from meshvisor.supervisor.cli.terminal import (
    BOLD,
    DIM,
    GREEN,
    RED,
    STATE_COLOURS,
    YELLOW,
    clean,
    columns,
    has_colours,
    paint,
)

NAMED = 3
"""Meshes to name in a sentence before it says 'and 7 more'."""

_TABLE = (
    Column("MESH", may_cut=True),
    Column("STATE"),
    Column("UP", right=True),
    Column("PID", right=True, may_go=True),
    Column("RESTARTS", right=True, may_go=True),
    Column("LAG", right=True, may_go=True),
    Column("RSS", right=True, may_go=True),
    Column("LAST ERROR", may_cut=True, may_go=True),
)

_ADVICE = {
    # state: (what is the matter, what to do)
    "failed": (
        "crashed too often and {is_are} tried again {when}",
        "see why with 'meshvisor logs {first}', then 'meshvisor restart {first}'",
    ),
    "unhealthy": (
        "stopped answering and {is_are} about to be replaced",
        "look at 'meshvisor logs {first}' if it happens again",
    ),
    "refused": (
        "{is_are} refused by the platform, which does not accept the bot's session any more",
        "renew it with 'meshvisor relogin'",
    ),
    "unauthorized": (
        "{waits} for other credentials, because the account {account} is not accepted",
        "correct [accounts.{account}] in config/meshvisor.toml, then 'meshvisor config reload'",
    ),
    "unaccepted": (
        "{waits} for other credentials, because {denied}",
        "correct [[meshes]] in config/meshvisor.toml, then 'meshvisor config reload'",
    ),
    "replaced": (
        "lost the connection to another client, and {tries} again {when}",
        "end the other client, or give the bot an account or a radio of its own",
    ),
    "kicked": (
        "{was_were} kicked, and {comes} back {when}",
        "'meshvisor blocklist block {first}' keeps the bot out",
    ),
    "broken": (
        "cannot connect, because what carries {it_them} does not start, and {tries} again {when}",
        "'meshvisor meshes show {first}' and 'meshvisor doctor' say why",
    ),
    "disconnected": (
        "lost the connection or could not connect, and {tries} again",
        "if it lasts, look at 'meshvisor doctor' and 'meshvisor logs {first}'",
    ),
    "restarting": (
        "crashed and {is_are} started again {when}",
        "see why with 'meshvisor logs {first}'",
    ),
    "blocked": (
        "{is_are} blocked{why}",
        "{look}'meshvisor blocklist unblock {first}' lifts it",
    ),
    "waiting": (
        "{waits} for a place",
        "'meshvisor meshes list' says why",
    ),
}


_STOPPED = ("{is_are} stopped by hand", "'meshvisor start {first}' starts it again")
"""What is said of meshes that an operator has stopped, which is no fault."""


def show_once(home: str, as_json: bool) -> None:
    """Ask the supervisor of `home` and print its status.

    Raises:
        MeshvisorError: there is none, or it does not answer.
    """
    with ControlClient(home) as client:
        status = client.request("status")
    if as_json:
        output.write(output.to_json(status, indent=2) + "\n")
        return
    output.write("\n".join(view(status, columns(), has_colours())) + "\n")


def view(
    status: dict[str, Any], fit: int | None, colours: bool, nothing: str | None = None
) -> list[str]:
    """Return the lines that people see.

    Args:
        status: of the supervisor; its meshes may be some of all.
        fit: cells of the terminal; None: nothing is cut.
        colours: whether to use them.
        nothing: what to say when none of the meshes is asked for; None: all are.
    """
    meshes = status.get("meshes")
    if nothing is not None and not meshes:
        return [*_head(status, colours), "", nothing]
    lines = [*_head(status, colours), ""]
    if meshes:
        rows = [_row(mesh) for mesh in meshes]
        lines += [*render(_TABLE, rows, fit=fit, colours=colours), ""]
    return lines + _advice(status, colours)


def totals_line(totals: dict[str, int]) -> str:
    """Return `5 meshes: 3 connected, 1 failed, 1 blocked (1 for ever)`."""
    parts = [f"{totals['connected']} connected"]
    parts += [f"{totals[kind]} {kind}" for kind in ("unhealthy", "failed") if totals[kind]]
    if totals["blocked"]:
        ever = totals["blocked_permanently"]
        parts.append(f"{totals['blocked']} blocked" + (f" ({ever} for ever)" if ever else ""))
    return f"{number(totals['meshes'], 'mesh', 'meshes')}: {', '.join(parts)}"


# Private


def _head(status: dict[str, Any], colours: bool) -> list[str]:
    supervisor = status["supervisor"]
    state = supervisor["state"]
    title = paint(f"Meshvisor {supervisor['version']}", BOLD, colours)
    first = (
        f"{title} is {paint(state, GREEN if state == 'running' else YELLOW, colours)}: "
        f"PID {supervisor['pid']}, up {duration(supervisor['uptime_seconds'])}"
    )
    # What a feature tells is missing where the feature is left out.
    if directory := supervisor.get("directory"):
        first += f", directory {clean(directory['backend'])}"
    return [first, totals_line(status["totals"])] if "totals" in status else [first]


def _row(mesh: dict[str, Any]) -> list[Cell | object]:
    state = mesh["state"]
    lag = mesh["event_loop_lag_ms"]
    return [
        mesh["mesh_id"],
        Cell(state, STATE_COLOURS.get(state)),
        duration(mesh["uptime_seconds"]),
        mesh["pid"],
        Cell(mesh["restarts"], YELLOW if mesh["restarts"] else DIM),
        Cell(milliseconds(lag), YELLOW if lag is not None and lag >= 100 else None),
        size(mesh["memory_bytes"]),
        Cell(mesh["last_error"] or "-", None if mesh["last_error"] else DIM),
    ]


def _advice(status: dict[str, Any], colours: bool) -> list[str]:
    by_state: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for mesh in status.get("meshes", ()):
        matter = _matter(mesh)
        account = mesh["account"] if matter == "unauthorized" else ""
        by_state.setdefault((matter, account), []).append(mesh)
    lines = [
        paint("!", RED if state in {"failed", "unhealthy"} else YELLOW, colours)
        + f" {_sentence(meshes, *words)}"
        for state, words in _ADVICE.items()
        for (matter, _), meshes in by_state.items()
        if matter == state
    ]
    lines += _remarks(status.get("meshes", ()), colours)
    lines[:0] = _about_plugins(status["supervisor"].get("skipped_plugins", ()), colours)
    if directory := status["supervisor"].get("directory"):
        lines[:0] = _about_directory(directory, colours)
    mark = paint("!", RED, colours)
    supervisor = status["supervisor"]
    problems = (*supervisor.get("problems", ()), *supervisor.get("notices", ()))
    lines[:0] = [f"{mark} {with_local_times(clean(text))}" for text in problems]
    return lines or [_all_well(status, colours)]


def _remarks(meshes: Sequence[dict[str, Any]], colours: bool) -> list[str]:
    """Return what networks do not let bots do that are connected, a line for each mesh."""
    having = [mesh for mesh in meshes if mesh.get("remark")]
    mark = paint("!", YELLOW, colours)
    lines = [f"{mark} {clean(one['mesh_id'])}: {clean(one['remark'])}." for one in having[:NAMED]]
    if len(having) > NAMED:
        more = number(len(having) - NAMED, "more mesh has a remark", "more meshes have remarks")
        lines.append(f"{mark} {more}: meshvisor meshes show MESH")
    return lines


def _matter(mesh: dict[str, Any]) -> str:
    """Return what `_ADVICE` calls the state of a mesh."""
    state = str(mesh["state"])
    if state not in {"disconnected", "restarting"}:
        return state
    trouble = str(mesh.get("trouble") or state)
    if trouble != "unauthorized" or mesh.get("account"):
        return trouble
    # Only rooms of the platform go without a name of their account.
    return "unaccepted" if mesh.get("transport") else "refused"


def _about_plugins(skipped: Sequence[dict[str, Any]], colours: bool) -> list[str]:
    if not skipped:
        return []
    from meshvisor.supervisor.cli.skipped_plugins import skipped_sentence

    mark = paint("!", RED, colours)
    lines = [f"{mark} {skipped_sentence(plugin)}" for plugin in skipped[:NAMED]]
    if len(skipped) > NAMED:
        lines.append(f"{mark} {len(skipped) - NAMED} more plug-ins are skipped: meshvisor doctor")
    lines[-1] += " Correct it, then 'meshvisor config reload'."
    return lines


def _about_directory(directory: dict[str, Any], colours: bool) -> list[str]:
    mark = paint("!", RED, colours)
    problems = [f"{mark} {clean(problem)}" for problem in directory["problems"][:NAMED]]
    if len(directory["problems"]) > NAMED:
        more = len(directory["problems"]) - NAMED
        problems.append(f"{mark} The directory has {more} more such problems: meshvisor doctor")
    if directory["reachable"]:
        return problems
    consequence = "so the last known admins, permissions and credentials are used"
    return [f"{mark} The directory cannot be reached, {consequence}.", *problems]


def _sentence(meshes: list[dict[str, Any]], matter: str, advice: str) -> str:
    from meshvisor.shared.listed import listed

    several = len(meshes) > 1
    names = [clean(mesh["mesh_id"]) for mesh in meshes]
    words = {
        "first": names[0],
        "when": _when(meshes),
        "why": (why := _why_blocked(meshes)),
        "look": "" if why else "'meshvisor blocklist list' says why, ",
        "account": clean(meshes[0].get("account") or ""),
        "is_are": "are" if several else "is",
        "it_them": "them" if several else "it",
        "was_were": "were" if several else "was",
        "denied": _why_denied(meshes),
        "comes": "come" if several else "comes",
        "tries": "try" if several else "tries",
        "waits": "wait" if several else "waits",
    }
    return f"{listed(names, NAMED)} {matter.format(**words)}; {advice.format(**words)}."


def _when(meshes: list[dict[str, Any]]) -> str:
    """Return when the next of some meshes is started again."""
    pauses = [mesh.get("starts_in_seconds", mesh.get("tries_again_in_seconds")) for mesh in meshes]
    known = [pause for pause in pauses if pause is not None]
    if not known:
        return "now and then"
    return f"in {duration(min(known))}" + (" at the earliest" if len(meshes) > 1 else "")


def _why_denied(meshes: list[dict[str, Any]]) -> str:
    """Return what servers have said to meshes without an account, where it is the same."""
    first, *others = {mesh.get("last_error") for mesh in meshes}
    if first and not others:
        return clean(first)
    return f"{'theirs' if len(meshes) > 1 else 'its own'} are not accepted"


def _why_blocked(meshes: list[dict[str, Any]]) -> str:
    """Return why a mesh is blocked and until when; of several only that there are reasons."""
    entry = meshes[0].get("block")
    if not entry or len(meshes) > 1:
        return ""
    why = clean(block(entry))
    return why.removeprefix("blocked") if why.startswith("blocked by") else f": {why}"


def _all_well(status: dict[str, Any], colours: bool) -> str:
    totals = status.get("totals")
    if totals is None:
        return "Nothing is wrong; no fleet is part of it."
    if not totals["meshes"]:
        return (
            "There are no meshes yet; name some under [[meshes]] in config/meshvisor.toml, "
            "or try 'meshvisor run --playground'."
        )
    if totals["connected"] == totals["meshes"]:
        return paint("All meshes are connected.", GREEN, colours)
    stopped = [mesh for mesh in status["meshes"] if mesh["state"] == "stopped"]
    if stopped:
        return f"Nothing is wrong; {_sentence(stopped, *_STOPPED)}"
    return "Nothing is wrong."
