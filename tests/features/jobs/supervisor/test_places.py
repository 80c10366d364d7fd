"""Where the reports of a job are said."""

from __future__ import annotations

from meshvisor.features.jobs.supervisor.places import (
    creator_through,
    notice,
    said_by,
    why_unsaid,
)
from tests.features.jobs.supervisor.rows import job


def test_what_an_action_says_goes_to_the_place_of_its_job() -> None:
    """In the job's mesh; in another one it is for all, unless it is private."""
    private = job(place="dm:953371", is_direct=1)
    said = said_by(private, "lobby", "hello")
    assert (said.mesh_id, said.place, said.is_direct) == ("lobby", "dm:953371", True)
    assert (said.to_user, said.kind) == ("953371", None)
    said = said_by(job(place="#ops"), "lobby", "hello")
    assert (said.place, said.is_direct, said.to_user) == ("#ops", False, None)
    assert "was asked for in private, and says nothing in other" in str(
        why_unsaid(private, "other")
    )
    assert why_unsaid(private, "lobby") is None
    assert why_unsaid(job(place="#ops"), "other") is None
    said = said_by(job(place="#ops"), "other", "hello")
    assert (said.mesh_id, said.place, said.is_direct) == ("other", None, False)
    assert said.handle is None
    said = said_by(job(), "lobby", "hello")
    assert said.place is None
    outcome = notice(job(), "done", "outcome")
    assert outcome is not None
    assert said.handle
    assert said.handle == outcome.handle


def test_a_job_of_a_job_is_as_private() -> None:
    """It has the same place in the same mesh, and none in another."""
    private = job(place="dm:953371", is_direct=1)
    creator = creator_through(private, "lobby")
    assert (creator.origin, creator.place, creator.is_direct) == ("job", "dm:953371", True)
    creator = creator_through(private, "other")
    assert (creator.place, creator.is_direct) == (None, True)


def test_only_users_are_written_to_alone() -> None:
    """A job from the command line belongs to no user in the chat."""
    message = notice(job(origin="command line", created_by="root"), "How?", "question")
    assert message is not None
    assert message.to_user is None
    child = job(origin="job", place="dm:953371", is_direct=1)
    message = notice(child, "How?", "question")
    assert message is not None
    assert (message.to_user, message.place, message.is_direct) == ("953371", "dm:953371", True)
    assert notice(job(place=None, is_direct=1), "How?", "question") is None
