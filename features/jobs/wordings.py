"""What the supervisor says about jobs, each sentence by its code (`shared.wording`)."""

from __future__ import annotations

from typing import Final

from meshvisor.shared.wording import Wording

NO_JOB: Final = Wording(
    "jobs.unknown",
    "there is no job {job_id}; meshvisor jobs list shows those there are",
)
NO_ITEM: Final = Wording(
    "jobs.no_item",
    "job {job_id} has no item {items}; meshvisor jobs items {job_id} shows those it has",
)
NO_ACTION: Final = Wording("jobs.no_action", "there is no action {action!r}; {hint}")
NO_ACTIONS: Final = Wording(
    "jobs.no_actions",
    "no plug-in has any yet; put one into config/plugins and start meshvisor, or, where it "
    "runs: meshvisor config reload.",
)
NEEDS_MESH: Final = Wording(
    "jobs.needs_mesh",
    "the action {action} needs a mesh; name one: --mesh MESH",
)
ACTION_GONE_FOR: Final = Wording(
    "jobs.no_action_of_it",
    "no plug-in that is loaded has its action {action}; they are loaded when meshvisor starts, "
    "and by 'meshvisor config reload'",
)
NEEDS_MESH_FOR: Final = Wording(
    "jobs.no_mesh_named", "its action {action} needs a mesh, and it names none"
)
NO_MESH_FOR: Final = Wording(
    "jobs.no_such_mesh", "there is no mesh {mesh_id!r}; meshvisor meshes list shows all"
)
NO_DRY_RUN: Final = Wording(
    "jobs.no_dry_run",
    "the action {action} cannot say what it would do; run it without --dry-run",
)
IS_PAST: Final = Wording("jobs.is_past", "{until} is over already; name a moment that is to come")
HELD: Final = Wording(
    "jobs.held",
    "{subject} is on hold, by {by}; meshvisor jobs release {option} ends that.",
)
HELD_UNTIL: Final = Wording(
    "jobs.held_until",
    "{subject} is on hold until {until}, by {by}; meshvisor jobs release {option} ends that.",
)
RUNS: Final = Wording("jobs.runs", "It runs.")
RUNS_ITEMS: Final = Wording("jobs.runs_items", "It runs. {done} of {total} items have an outcome.")
STUCK: Final = Wording("jobs.stuck", "It has come to no item and no checkpoint since {since}.")
PAUSES: Final = Wording("jobs.pauses", "It pauses {where}.")
ENDS: Final = Wording("jobs.ends", "It ends {where}; {why}.")
IN_PRESENT_ITEM: Final = Wording("jobs.in_present_item", "at the end of its present item")
AFTER_ITEM: Final = Wording("jobs.after_item", "after its present item")
AT_CHECKPOINT: Final = Wording(
    "jobs.at_checkpoint",
    "at its next checkpoint, or is cut off if it comes to none in time",
)
CANCELLED: Final = Wording("jobs.cancelled", "somebody has cancelled it")
ENDED: Final = Wording("jobs.ended", "It is {status}.")
ENDED_WITH: Final = Wording("jobs.ended_with", "It is {status}: {error}.")
ACTION_GONE: Final = Wording(
    "jobs.action_gone",
    "No plug-in has the action {action} at present; it waits for one that does{more}.",
)
PAUSED: Final = Wording("jobs.paused", "Somebody has paused it; {resume} lets it go on.")
PAUSED_UNTIL: Final = Wording(
    "jobs.paused_until",
    "Somebody has paused it until {until}; {resume} lets it go on.",
)
INTERRUPTED: Final = Wording(
    "jobs.interrupted",
    "It was interrupted ({error}) and its creator is asked; {resume} lets it go on, and "
    "without an answer it does so by itself at {when}.",
)
RATE_LIMITED: Final = Wording(
    "jobs.rate_limited",
    "The service that it uses has asked for a pause until {when}.",
)
FAILED: Final = Wording(
    "jobs.attempt_failed",
    "Attempt {attempt} failed ({error}); the next one begins at {when}.",
)
RATE_KEY_WAITS: Final = Wording(
    "jobs.rate_key_waits",
    "Jobs with the rate key {rate_key} wait until {until}, because the service has asked for a "
    "pause.",
)
ONE_BEFORE: Final = Wording("jobs.one_before", "1 job has its turn before it in lane {lane}.")
SOME_BEFORE: Final = Wording(
    "jobs.some_before",
    "{count} jobs have their turns before it in lane {lane}.",
)
LANE_BUSY: Final = Wording("jobs.lane_busy", "Lane {lane} is busy with {jobs}.")
MADE_ROOM: Final = Wording(
    "jobs.made_room",
    "Job {job_id} was more urgent and has taken its place.",
)
NEXT: Final = Wording("jobs.next", "It is next and starts at once.")
ENDS_BY: Final = Wording("jobs.ends_by", "Unless it has ended by {when} it fails.")
RUNS_BY: Final = Wording("jobs.runs_by", "Unless it runs by {when} it fails.")
CANNOT_PAUSE: Final = Wording("jobs.cannot_pause", "is {status} already and cannot be paused.")
CANNOT_CANCEL: Final = Wording("jobs.cannot_cancel", "is {status} already and cannot be cancelled.")
IS_OVER: Final = Wording("jobs.is_over", "is {status} already.")
ABOUT_TO_END: Final = Wording("jobs.about_to_end", "is about to be cancelled already.")
ENDS_SOON: Final = Wording("jobs.ends_soon", "is about to be cancelled.")
WILL_PAUSE: Final = Wording("jobs.will_pause", "pauses {where}.")
WILL_PAUSE_UNTIL: Final = Wording("jobs.will_pause_until", "pauses {where}, until {until}.")
PAUSED_ALREADY: Final = Wording("jobs.paused_already", "is paused already.")
IS_PAUSED: Final = Wording("jobs.is_paused", "is paused until it is resumed.")
IS_PAUSED_UNTIL: Final = Wording("jobs.is_paused_until", "is paused until {until}.")
GOES_ON: Final = Wording("jobs.goes_on_instead", "goes on instead of pausing.")
RUNS_ALREADY: Final = Wording("jobs.runs_already", "runs already.")
WAITS_ALREADY: Final = Wording("jobs.waits_already", "waits for its turn already.")
WAITS_LIFTED: Final = Wording(
    "jobs.waits_lifted", "waits for its turn already; the rate limit of {rate_key} is lifted."
)
WILL_GO_ON: Final = Wording("jobs.will_go_on", "goes on as soon as it is its turn.")
WILL_GO_ON_LIFTED: Final = Wording(
    "jobs.will_go_on_lifted",
    "goes on as soon as it is its turn; the rate limit of {rate_key} is lifted.",
)
CANCELLED_ALREADY: Final = Wording("jobs.cancelled_already", "is cancelled already.")
WILL_END: Final = Wording("jobs.will_end", "ends {where}.")
IS_CANCELLED: Final = Wording("jobs.is_cancelled", "is cancelled.")
NOT_OVER: Final = Wording(
    "jobs.not_over", "is {status} and not finished; there is nothing to retry."
)
NOTHING_FAILED: Final = Wording("jobs.nothing_failed", "is completed and nothing of it has failed.")
QUEUED_AGAIN: Final = Wording("jobs.queued_again", "is queued again.")
GET_NOWHERE: Final = Wording(
    "jobs.get_nowhere",
    "Jobs that run and get nowhere: {jobs}; meshvisor jobs why says since when.",
)
NOT_WRITTEN: Final = Wording("jobs.not_written", "jobs cannot be written at present: {why}")
NO_ITEMS: Final = Wording("jobs.no_items", "the action {action} takes no items; leave them out")
