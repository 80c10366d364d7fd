"""`meshvisor stats forget`."""

from __future__ import annotations

from typing import Any

import click

from meshvisor.features.statistics.cli.options import database, names_of, uri_option
from meshvisor.shared.errors import MissingError
from meshvisor.supervisor.cli.command import Command, Invocation, pass_invocation


@click.command(
    short_help="Take a user out of everything.",
    cls=Command,
    examples=("stats forget 12345", "stats forget irc/ann"),
)
@click.argument("user", metavar="USER")
@uri_option
@pass_invocation
def forget(invocation: Invocation, *, user: str, uri: str | None) -> None:
    """Take a user out of everything that is recorded.

    USER is an id or a pseudonym. Events that were copied to MongoDB are changed there. What the
    user did still counts, without a name. What they do from now on is recorded again.
    """
    from meshvisor.features.background.progress import progress
    from meshvisor.features.statistics.aggregation.day import count_new_users
    from meshvisor.features.statistics.cli.migrate import elsewhere
    from meshvisor.features.statistics.store.database import using
    from meshvisor.features.statistics.store.forgetting import forget as forget_names

    names = names_of(invocation, user)
    with using(database(invocation)) as db, elsewhere(invocation, uri, db) as mongo:
        events = forget_names(db, names, progress)
        if mongo is not None:
            there = mongo.forget(names)
            # Who was read there a moment ago may be here again.
            again = forget_names(db, names, progress)
            found = [count for count in (events, there or None, again) if count is not None]
            events = sum(found) if found else None
        if events is None:
            raise MissingError(
                f"nothing is recorded of a user {user!r}; 'meshvisor stats top users' shows those "
                "of whom something is"
            )
        count_new_users(db)
    invocation.show({"user": user, "events": events}, _view)


# Private


def _view(found: dict[str, Any]) -> str:
    return f"{found['events']:,} events have no user any more, and the user is in no statistics."
