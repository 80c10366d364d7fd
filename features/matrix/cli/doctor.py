"""What `meshvisor doctor` checks for Matrix: that servers answer, are believed, and know the bot.

Owns the sentences.  Does not own the conversation (`trial`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from meshvisor.features.access.settings import AccountSettings
from meshvisor.features.fleet.settings import FleetSettings, StaticMesh
from meshvisor.features.matrix.cli.trial import Trial, TrialError, visit, why_not_in
from meshvisor.features.matrix.kind import MATRIX
from meshvisor.features.matrix.login import login_advice
from meshvisor.features.matrix.mesh_settings import MatrixSettings
from meshvisor.shared.settings.model import Settings
from meshvisor.supervisor.cli.doctor.check import Check, Examined
from meshvisor.supervisor.cli.doctor.finding import Finding, fail, ok, untried
from meshvisor.supervisor.cli.human import milliseconds
from meshvisor.supervisor.cli.terminal import clean

NAME: Final = "Matrix server"

MOST_SERVERS: Final = 5
"""That are tried; more would take too long when none answers."""

MOST_ROOMS: Final = 20
"""That are asked for on one server, for the same reason."""

NO_SERVER: Final = 'add server = "https://…" to its entry or its account'


def check(settings: Settings) -> Iterator[Finding]:
    """Try each server once with each account, and whether its rooms are encrypted."""
    accounts = settings.named(AccountSettings)
    trials: dict[Trial, list[str]] = {}
    for mesh in settings.each(StaticMesh):
        if mesh.transport != MATRIX or mesh.why_broken() is not None:
            continue
        held = accounts.get(mesh.account)
        fields = held.fields() if held is not None else {}
        server = mesh.server or fields.get("server", "")
        if not server:
            yield fail(f"mesh {clean(mesh.id)}", "it names no homeserver", NO_SERVER)
        elif not fields.get("token") and not fields.get("password"):
            yield fail(
                f"mesh {clean(mesh.id)}",
                "its account has nothing to log in with",
                login_advice(mesh.account, _names(accounts)),
            )
        else:
            trial = Trial.of(server, mesh.own_settings(), fields)
            trials.setdefault(trial, []).append(mesh.address or mesh.id)
    for name in settings.of(FleetSettings).discovery_accounts:
        account = accounts[name]
        if account.transport == MATRIX and (server := account.fields().get("server", "")):
            defaults = MatrixSettings().model_dump()
            trials.setdefault(Trial.of(server, defaults, account.fields()), [])
    for trial, rooms in list(trials.items())[:MOST_SERVERS]:
        yield from _try(trial, rooms)
    yield from untried(NAME, len(trials) - MOST_SERVERS)


# Private


def _names(accounts: Mapping[str, AccountSettings]) -> list[str]:
    return [name for name, account in accounts.items() if account.transport == MATRIX]


def _try(trial: Trial, rooms: list[str]) -> Iterator[Finding]:
    try:
        answer = visit(trial)
        parts = [f"{trial.server} answers in {milliseconds(answer.seconds * 1e3)}"]
        parts += ["its certificate is trusted"] if trial.server.tls else ["without TLS"]
        if answer.user:
            parts.append(f"the bot is {answer.user}")
        yield ok(NAME, clean(", ".join(parts)))
        for room in rooms[:MOST_ROOMS] if answer.user else []:
            if why := why_not_in(trial, room):
                yield fail(NAME, clean(why), "use a room without encryption, and its right address")
    except TrialError as error:
        yield fail(NAME, clean(str(error)), clean(error.advice))


def _matrix(examined: Examined) -> Iterator[Finding]:
    if examined.settings is not None:
        yield from check(examined.settings)


CHECKS: Final = (Check(name="Matrix", position=113, examine=_matrix),)
