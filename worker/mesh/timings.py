"""How long a mesh worker waits for what.

One value with all periods, so that a test can shorten them and no module hides one.
"""

from __future__ import annotations

from dataclasses import dataclass

from meshvisor.worker.child.timings import ChildTimings


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings(ChildTimings):
    """Seconds."""

    open: float = 10.0
    """For TCP, TLS and the opening handshake together."""
    request: float = 8.0
    """For an answer of whatever is at the other end, as clients of networks with rooms wait."""
    ping: float = 6.0
    """Between two questions whether the other end is still there."""
    close: float = 1.0
    """For the closing handshake: 200 workers that stop at once must not wait for a slow server."""
    settle: float = 1.0
    """That running commands have to send their replies before the connection is restarted:
    the admin who asked for it wants to read that it happens, and a slow one must not hold it up."""
    backoff_first: float = 1.0
    """Before the second attempt to connect, doubled for each further one."""
    backoff_most: float = 12.5
    longest_wait: float = 3600.0
    """That are believed of a server that says when it wants to be asked again."""
    stable: float = 10.0
    """A connection that lasts this long was a good one: the next loss is followed by an
    immediate attempt.  Shorter ones count as failures for the backoff, or a server that accepts
    and drops would be hammered."""
    replaced: float = 60.0
    """Before the bot takes a connection back that another client has taken."""
    unauthorized: float = 300.0
    """Longest before the bot tries the same credentials again, doubled up to this from
    `backoff_first` on: networks punish accounts that are tried again and again."""
    usage: float = 5.0
    """Between two `usage` messages."""
