"""How long a worker takes to judge whether a user may use a command.

A program of its own: `python -m benchmarks.access_timing ADMINS PERMISSIONS REPEATS` prints a JSON
list of microseconds per judgement, one number for each repeat.  It runs in a fresh process
because a harness that has run for half an hour is none that a worker resembles.

The tables are decoded from the messages that a worker gets.  Users and commands are drawn at
random beforehand, half of the users admins, so that every way through the judgement is taken and
no entry stays in the processor's nearest cache; the loop that goes through them is part of the
time.
"""

from __future__ import annotations

import json
import random
import sys
import time
from typing import Final

from benchmarks.directory import DirectorySize
from meshvisor.features.access.supervisor.directory.access import AccessTable as Tables
from meshvisor.features.access.supervisor.directory.model import Snapshot
from meshvisor.shared.protocol.codec import Codec
from meshvisor.shared.protocol.frames import FrameDecoder
from meshvisor.shared.protocol.to_worker import RefreshAdmins, RefreshPermissions
from meshvisor.worker.mesh.commands.access import CommandAccess
from meshvisor.worker.mesh.commands.registry import Command
from meshvisor.worker.mesh.transport import User
from meshvisor.worker.mesh.worker import CODEC

JUDGEMENTS: Final = 200_000
"""Of each repeat: a good hundredth of a second and far more than the clock's steps."""


def make_access(size: DirectorySize) -> CommandAccess:
    """Return what a worker judges by, as it got it."""
    tables = Tables.of(Snapshot(None, tuple(size.make_admins()), tuple(size.make_permissions())))
    access = CommandAccess()
    decoder = FrameDecoder()
    for message in (
        RefreshAdmins(admins=tables.admins),
        RefreshPermissions(requires_admin=tables.requires_admin),
    ):
        for body in decoder.feed(Codec.encode(message)):
            match CODEC.decode(body):
                case RefreshAdmins(admins=admins):
                    access.admins = admins
                case RefreshPermissions(requires_admin=requires_admin):
                    access.requires_admin = requires_admin
    return access


def time_judgements(size: DirectorySize) -> float:
    """Return the microseconds of one judgement."""
    access = make_access(size)
    commands = [Command(one.command, print, "", "") for one in size.make_permissions()]
    users = [User(one.user_id, "", authenticated=True) for one in size.make_admins()]
    users += [User(f"{number}", "", authenticated=True) for number in range(len(users))]
    pairs = [(random.choice(commands), random.choice(users)) for _ in range(JUDGEMENTS)]
    began = time.perf_counter()
    for command, user in pairs:
        access.allows(command, user)
    return (time.perf_counter() - began) * 1e6 / JUDGEMENTS


if __name__ == "__main__":
    asked = DirectorySize(int(sys.argv[1]), int(sys.argv[2]))
    json.dump([time_judgements(asked) for _ in range(int(sys.argv[3]))], sys.stdout)
