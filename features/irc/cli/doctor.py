"""What `meshvisor doctor` checks for IRC: that servers answer, are believed, and take the login.

Owns the sentences.  Does not own the conversation (`trial`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from meshvisor.features.access.settings import AccountSettings
from meshvisor.features.fleet.settings import StaticMesh
from meshvisor.features.irc.cli.trial import Trial, TrialError, try_server
from meshvisor.features.irc.kind import IRC
from meshvisor.shared.settings.model import Settings
from meshvisor.supervisor.cli.doctor.check import Check, Examined
from meshvisor.supervisor.cli.doctor.finding import Finding, fail, ok, untried
from meshvisor.supervisor.cli.human import milliseconds
from meshvisor.supervisor.cli.terminal import clean

NAME: Final = "IRC server"

MOST_SERVERS: Final = 5
"""That are tried; more would take too long when none answers."""


def check(settings: Settings, home: str) -> Iterator[Finding]:
    """Try each server once, with the account that the mesh has there.

    Args:
        settings: name the meshes and accounts.
        home: where certificates are.
    """
    accounts = settings.named(AccountSettings)
    trials: dict[Trial, None] = {}
    for mesh in settings.each(StaticMesh):
        if mesh.transport != IRC or mesh.why_broken() is not None:
            continue
        if not mesh.server:
            yield fail(
                f"mesh {clean(mesh.id)}",
                "it does not say which IRC server it is on",
                'add server = "host" to its entry',
            )
            continue
        held = accounts.get(mesh.account)
        fields = held.fields() if held is not None else {}
        trials[Trial.of(mesh.server, mesh.own_settings(), fields, home)] = None
    for trial in list(trials)[:MOST_SERVERS]:
        yield _try(trial)
    yield from untried(NAME, len(trials) - MOST_SERVERS)


# Private


def _try(trial: Trial) -> Finding:
    try:
        answer = try_server(trial)
    except TrialError as error:
        return fail(NAME, clean(str(error)), clean(error.advice))
    parts = [f"{trial.server} answers in {milliseconds(answer.seconds * 1e3)}"]
    parts += ["its certificate is trusted"] if answer.is_secure else ["without TLS"]
    if answer.account:
        parts.append(f"the bot logs in as {answer.account}")
    return ok(NAME, clean(", ".join(parts)))


def _irc(examined: Examined) -> Iterator[Finding]:
    if examined.settings is not None:
        yield from check(examined.settings, str(examined.home.root))


CHECKS: Final = (Check(name="IRC", position=112, examine=_irc),)
