"""The control protocol's frames are contracts: a newer command must understand an older server."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from meshvisor.features.fleet.requests.lifecycle import Start
from meshvisor.shared.control.messages import Event, Failure, Success
from meshvisor.shared.control.request import CONTROL_VERSION
from meshvisor.supervisor.control.registry import all_handlers
from meshvisor.supervisor.control.requests.logs import GetLogs


def test_frames_as_documented() -> None:
    """Replies and events have exactly the documented fields."""
    assert Success(reply_to=1, result=2).model_dump() == {"reply_to": 1, "ok": True, "result": 2}
    assert Failure(reply_to=None, error="No.", exit_code=2).model_dump() == {
        "reply_to": None,
        "ok": False,
        "error": "No.",
        "exit_code": 2,
    }
    assert Event(reply_to=1, event={}).model_dump() == {"reply_to": 1, "event": {}}


def test_golden_requests() -> None:
    """The types and fields of all requests stay as they are."""
    shapes = {
        kind: sorted(set(handler.request.model_fields) - {"v", "id", "type", "actor"})
        for kind, handler in all_handlers().items()
    }
    assert CONTROL_VERSION == 1
    assert shapes == json.loads(GOLDEN)


def test_meshes_or_all() -> None:
    """Exactly one way of saying which meshes is taken."""
    assert Start(id=1, all=True).mesh_ids == ()
    for fields in ({}, {"all": True, "mesh_ids": ("a",)}):
        with pytest.raises(ValidationError):
            Start.model_validate({"id": 1, **fields})


def test_lines_are_bounded() -> None:
    """Nobody can ask for endlessly many lines."""
    with pytest.raises(ValidationError):
        GetLogs(id=1, lines=100_001)


GOLDEN = """{
  "status": ["parts"], "health": [], "process_health": ["mesh_id"], "poll": ["parts"],
  "logs": ["follow", "lines", "mark_live", "mesh_id", "mesh_ids"], "start": ["all", "mesh_ids"],
  "stop": ["all", "mesh_ids"], "restart": ["all", "mesh_ids"], "meshes": ["parts"],
  "discover": [], "blocklist_list": ["parts"], "blocklist_stats": [],
  "block": ["duration", "mesh_id"], "unblock": ["mesh_id"], "admin_list": ["after"],
  "admin_add": ["user_id"], "admin_remove": ["user_id"], "perm_list": ["parts"],
  "perm_set": ["command", "force", "level"], "perm_unset": ["command"], "credentials_show": [],
  "credentials_save": ["account"], "credentials_keep": ["copy_of"], "refresh": [], "relogin": [],
  "audit": ["limit"], "platform": [], "reload": [], "shutdown": [], "version": [],
  "jobs_stage": ["items", "token"],
  "jobs_submit": ["created_by", "mesh_id", "staged", "submission"],
  "jobs_list": ["action", "before", "created_by", "lane", "limit", "mesh_id", "statuses",
    "target"],
  "jobs_show": ["job_id"], "jobs_items": ["after", "job_id", "limit", "states"],
  "jobs_watch": ["job_id"], "jobs_pause": ["job_ids", "until"], "jobs_resume": ["job_ids"],
  "jobs_cancel": ["job_ids"], "jobs_retry": ["job_ids"], "jobs_why": ["job_id"], "jobs_stats": [],
  "jobs_recovery": [], "jobs_recover": ["decision"], "jobs_cleanup": ["older_than"],
  "jobs_actions": [], "jobs_retry_items": ["job_id", "keys", "more"],
  "jobs_move": ["job_ids", "lane", "priority"], "jobs_mark": ["job_ids", "reason", "status"],
  "jobs_mark_items": ["job_id", "keys", "reason", "state"],
  "jobs_hold": ["name", "scope", "until"], "jobs_release": ["name", "scope"], "jobs_holds": [],
  "jobs_delete": ["force", "job_ids"], "jobs_next": ["lane", "limit"],
  "jobs_errors": ["action", "limit", "since"], "jobs_durations": ["action", "since"]
}"""
