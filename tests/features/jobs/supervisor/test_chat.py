"""What chats show about jobs: nothing that only a shell knows."""

from __future__ import annotations

import os
from typing import Literal

import pytest
from msgspec.structs import replace

from meshvisor.features.fleet.settings import StaticMesh
from meshvisor.features.jobs.messages.requests import JobRequest, JobResult
from meshvisor.features.jobs.messages.submission import Submission
from meshvisor.features.jobs.supervisor.action_registry import ActionRegistry
from meshvisor.features.jobs.supervisor.chat import LONGEST_PLACE, JobChat
from meshvisor.features.jobs.supervisor.ledger import housekeeping
from meshvisor.shared.paths import Home
from meshvisor.shared.settings.model import default_settings
from meshvisor.shared.store.store import Store
from meshvisor.supervisor.audit.log import local_actor
from meshvisor.supervisor.room_words import UNPROVEN
from tests.clock import ManualClock
from tests.features.jobs.supervisor.conftest import SPECS, Bench, new_job
from tests.features.jobs.supervisor.offline_jobs import offline_jobs


class Everybody:
    """Implements `chat.People`: all are admins."""

    def realm_of(self, _mesh_id: str) -> str:
        """Know one network."""
        return ""

    def is_admin(self, _user_id: str, _mesh_id: str) -> bool:
        """Say that they are."""
        return True

    is_owner = is_admin


async def test_answers_name_commands_of_the_chat(home: Home) -> None:
    """An answer in a room names what can be said there, with the user's prefix."""
    bench = Bench(home.database, {})
    for _ in range(3):
        await bench.enqueue(new_job())
    await bench.wish("cancel", 2)
    await bench.close()
    async with offline_jobs(home, default_settings(), ManualClock()) as service:
        chat = JobChat(service, Everybody())

        async def says(command: Literal["pause", "job", "resume"], *words: str) -> str:
            request = JobRequest(
                command=command,
                arguments=words,
                prefix="!",
                user_id="953371",
                user_name="ann",
                authenticated=True,
            )
            return (await chat.answer("lobby", request)).text

        commands: tuple[Literal["pause", "job"], ...] = ("pause", "job")
        for command in commands:
            assert await says(command, "9999") == (
                "There is no job 9999; !jobs shows those there are."
            )
        assert await says("pause", "1") == "Job 1 is paused until it is resumed."
        assert (await says("job", "1")).endswith("Somebody has paused it; !resume 1 lets it go on.")
        assert await says("resume", "2") == "Job 2 is cancelled already."
        assert await says("pause", "1", "10m") == (
            "Job 1 is paused until 2026-03-01T12:10:00.000+00:00."
        )
        assert (await says("job", "1")).endswith(
            "Somebody has paused it until 2026-03-01T12:10:00.000+00:00; !resume 1 lets it go on."
        )
        assert await says("pause", "1", "soon") == (
            "'soon' is no duration; write 90s, 15m, 1h30m, 2d or 1w."
        )
        assert (await says("pause", "1", "10m", "x")).startswith("Use: !pause NUMBER")
        await service.hold("lane", "default", None, local_actor(os.getuid()))
        assert (await says("job", "3")).endswith("\nLane default is on hold.")


@pytest.mark.parametrize(
    ("place", "is_direct", "kept"),
    [
        (None, False, (None, False)),
        ("#ops", False, ("#ops", False)),
        ("dm:953371", True, ("dm:953371", True)),
        # The whole mesh is a conversation with one user.
        (None, True, (None, True)),
    ],
)
async def test_a_job_knows_where_it_was_asked_for(
    home: Home, place: str | None, is_direct: bool, kept: tuple[str | None, bool]
) -> None:
    """Its place is kept with it, and `jobs show` tells it."""
    store = Store.open(home.database)
    await store.write(lambda db: housekeeping.keep_actions(db, ActionRegistry(SPECS).kept()))
    store.close()
    settings = default_settings().replaced(StaticMesh(id="lobby"))
    async with offline_jobs(home, settings, ManualClock()) as service:
        chat = JobChat(service, Everybody())

        async def submit(place: str | None) -> JobResult:
            request = JobRequest(
                command="submit",
                submission=Submission(action="refresh"),
                user_id="953371",
                authenticated=True,
                place=place,
                is_direct=is_direct,
            )
            return await chat.answer("lobby", request)

        shown = await service.show((await submit(place)).job_id or 0)
        assert (shown.place, shown.is_direct) == kept
        refused = await submit("x" * (LONGEST_PLACE + 1))
        assert (refused.ok, refused.job_id) == (False, None)
        assert refused.text == "The name of this place is too long for a job to report here."


async def test_private_jobs_are_shown_in_private(home: Home) -> None:
    """To their creator and to admins; elsewhere nothing of them is said."""
    bench = Bench(home.database, {})
    creator = replace(new_job().creator, id="bob", name="bob", place="dm:bob", is_direct=True)
    await bench.enqueue(new_job(creator=creator, target="secret"))
    await bench.enqueue(new_job())
    await bench.close()
    async with offline_jobs(home, default_settings(), ManualClock()) as service:
        chat = JobChat(service, Networks())

        async def says(command: Literal["jobs", "job"], user: str, is_direct: bool) -> str:
            words = ("1",) if command == "job" else ()
            request = JobRequest(
                command=command,
                arguments=words,
                user_id=user,
                authenticated=True,
                is_direct=is_direct,
            )
            return (await chat.answer("lobby", request)).text

        for user, is_direct in (("ann", False), ("bob", False), ("eve", False), ("eve", True)):
            assert (await says("jobs", user, is_direct)).startswith("Job 2 ")
            assert await says("job", user, is_direct) == (
                "Job 1 was asked for in private, and is spoken of there."
            )
        assert (await says("jobs", "bob", True)).count("Job ") == 1
        assert "Job 1 refresh for secret" in await says("job", "bob", True)
        assert "Job 1 refresh for secret" in await says("job", "ann", True)
        assert (await says("jobs", "ann", True)).count("Job ") == 2


class Networks:
    """Implements `chat.People`: ann owns lobby and cinema; square is another network."""

    def realm_of(self, mesh_id: str) -> str:
        """Know two."""
        return "square" if mesh_id == "square" else ""

    def is_admin(self, user_id: str, mesh_id: str) -> bool:
        """Say whether it is ann of the first."""
        return user_id == "ann" and self.realm_of(mesh_id) == ""

    is_owner = is_admin


FOR_OWNERS = (
    "Only ann, who has started job 1, or an owner (an admin whom the operator has made one) may "
    "decide this."
)


@pytest.mark.parametrize(
    ("user_id", "mesh_id", "authenticated", "said"),
    [
        ("953371", "lobby", True, "Job 1 is paused until it is resumed."),
        ("953371", "cinema", True, "Job 1 is paused until it is resumed."),
        ("ann", "cinema", True, "Job 1 is paused until it is resumed."),
        ("953371", "lobby", False, UNPROVEN),
        ("ann", "lobby", False, UNPROVEN),
        ("953371", "square", True, FOR_OWNERS),
        ("ann", "square", True, FOR_OWNERS),
        ("953371" + "0" * 300, "lobby", True, FOR_OWNERS),
    ],
)
async def test_who_may_decide_about_a_job(
    home: Home, user_id: str, mesh_id: str, authenticated: bool, said: str
) -> None:
    """Its creator and owners of the network, for whom it vouches."""
    bench = Bench(home.database, {})
    await bench.enqueue(new_job())
    await bench.close()
    async with offline_jobs(home, default_settings(), ManualClock()) as service:
        chat = JobChat(service, Networks())
        request = JobRequest(
            command="pause",
            arguments=("1",),
            prefix="?",
            user_id=user_id,
            authenticated=authenticated,
        )
        assert (await chat.answer(mesh_id, request)).text == said


async def test_what_unauthenticated_users_see(home: Home) -> None:
    """The jobs of their mesh, like all there, and none of another one."""
    bench = Bench(home.database, {})
    await bench.enqueue(new_job())
    await bench.close()
    async with offline_jobs(home, default_settings(), ManualClock()) as service:
        chat = JobChat(service, Networks())

        async def says(mesh_id: str, command: Literal["jobs", "job", "submit"]) -> str:
            request = JobRequest(
                command=command,
                arguments=("1",) if command == "job" else (),
                user_id="ann",
                authenticated=False,
            )
            return (await chat.answer(mesh_id, request)).text

        assert (await says("lobby", "jobs")).startswith("Job 1 refresh")
        assert (await says("lobby", "job")).startswith("Job 1 refresh")
        assert await says("cinema", "job") == "There is no job 1 here."
        assert await says("lobby", "submit") == UNPROVEN
