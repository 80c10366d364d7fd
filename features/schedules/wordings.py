"""What the supervisor says about schedules, each sentence by its code (`shared.wording`)."""

from __future__ import annotations

from typing import Final

from meshvisor.shared.wording import Wording

NO_SCHEDULE: Final = Wording("schedules.unknown", "there is no schedule {name!r}; {hint}")
IS_THERE: Final = Wording(
    "schedules.exists",
    "there is a schedule {name!r} already; change it with 'meshvisor schedules edit {name}', "
    "or choose another name",
)
NOT_UNDERSTOOD: Final = Wording(
    "schedules.not_understood",
    "the schedule {name!r} cannot be understood: {problem}",
)
NOTHING_BEFORE: Final = Wording(
    "schedules.nothing_before", "it runs after {name!r}, and there is no such schedule; {hint}"
)
NO_MESH_YET: Final = Wording(
    "schedules.no_mesh_yet",
    "there is no mesh {mesh_id!r}, for the settings have none; add [[meshes]] with id = "
    '"{mesh_id}" to config/meshvisor.toml',
)
BUILT_IN: Final = Wording(
    "schedules.built_in",
    "the schedule {name!r} comes with Meshvisor and cannot be removed; meshvisor schedules "
    "disable {name}",
)
IN_SETTINGS: Final = Wording(
    "schedules.in_settings",
    "the schedule {name!r} is in the settings file; take it out there, or: meshvisor schedules "
    "disable {name}",
)
ORPHANED: Final = Wording(
    "schedules.orphaned",
    "the settings file has its entry no more, only what was changed of it is left; put the "
    "entry back, or forget the changes with 'meshvisor schedules remove {name}'",
)
DISABLED: Final = Wording("schedules.was_disabled", "its schedule was disabled or removed")
JOB_NOT_OVER: Final = Wording("schedules.job_not_over", "job {job_id} is not over")
EARLIER_WAITS: Final = Wording("schedules.earlier_waits", "an earlier one waits")
LATER_RUNS: Final = Wording("schedules.later_runs", "a later one runs in its place")
EARLIER_RUNS: Final = Wording(
    "schedules.earlier_runs",
    "job {job_id} of an earlier time was not over",
)
ONE_WAITS: Final = Wording("schedules.one_waits", "one waits already")
MANY_WAIT: Final = Wording("schedules.many_wait", "{most} wait already")
SKIPPED: Final = Wording(
    "schedules.misfire_skip",
    "nothing could run then, and its misfire policy is skip",
)
TOO_LONG_AGO: Final = Wording(
    "schedules.too_long_ago",
    "it is longer ago than its misfire window of {seconds} s",
)
ONLY_LATEST: Final = Wording(
    "schedules.only_latest",
    "nothing could run then, and a later one runs in its place",
)
LONG_DOWN: Final = Wording(
    "schedules.long_down",
    "nothing could run then, as with all that was planned until {until}",
)
WAIT: Final = Wording("schedules.wait", "schedules wait: {why}")
CANNOT_RUN: Final = Wording("schedules.cannot_run", "The schedule {name} cannot run: {why}.")
MANY_CANNOT_RUN: Final = Wording(
    "schedules.many_cannot_run",
    "{count:,} schedules cannot run, such as {names}; meshvisor schedules list says why.",
)

# What is wrong with an expression or a zone.
CRON_MACRO: Final = Wording(
    "schedules.cron_macro", "{cron!r} is no cron expression; allowed with @ are {macros}"
)
CRON_FORM: Final = Wording(
    "schedules.cron_form", "{cron!r} is no cron expression; write one such as {example}"
)
CRON_ONE_FIELD: Final = Wording(
    "schedules.cron_one_field",
    "{cron!r} has 1 field and not the five of a cron expression (minute, hour, day of the month, "
    "month, day of the week); write one such as {example}",
)
CRON_FIELDS: Final = Wording(
    "schedules.cron_fields",
    "{cron!r} has {count} fields and not the five of a cron expression (minute, hour, day of the "
    "month, month, day of the week); write one such as {example}",
)
CRON_MINUTE: Final = Wording(
    "schedules.cron_minute",
    "{cron!r} is no cron expression, its minute is wrong: allowed are 0 to 59; write one such as "
    "{example}",
)
CRON_HOUR: Final = Wording(
    "schedules.cron_hour",
    "{cron!r} is no cron expression, its hour is wrong: allowed are 0 to 23; write one such as "
    "{example}",
)
CRON_DAY: Final = Wording(
    "schedules.cron_day",
    "{cron!r} is no cron expression, its day of month is wrong: allowed are 1 to 31, L (the last) "
    "or LW (the last from Monday to Friday); write one such as {example}",
)
CRON_MONTH: Final = Wording(
    "schedules.cron_month",
    "{cron!r} is no cron expression, its month is wrong: allowed are 1 to 12 or JAN to DEC; write "
    "one such as {example}",
)
CRON_WEEKDAY: Final = Wording(
    "schedules.cron_weekday",
    "{cron!r} is no cron expression, its day of week is wrong: allowed are 0 to 7 or SUN to SAT, "
    "also MON#2 (the second) or 5L (the last Friday); write one such as {example}",
)
CRON_STEP: Final = Wording(
    "schedules.cron_step",
    "{cron!r} is no cron expression, the step /{step} of its {field} is wrong: allowed are "
    "numbers from 1 on; write one such as {example}",
)
CRON_BACKWARDS: Final = Wording(
    "schedules.cron_backwards",
    "{cron!r} is no cron expression, for {range} goes backwards; write {ranges} in its place",
)
CRON_NEVER: Final = Wording(
    "schedules.cron_never",
    "{cron!r} never fires, for no such day comes; write one such as {example}",
)
NO_ZONE: Final = Wording("schedules.no_zone", "{zone!r} is no time zone of this machine; {hint}")
ZONE_EXAMPLES: Final = Wording(
    "schedules.zone_examples",
    'write a name of the IANA such as "Europe/Berlin", "Asia/Kolkata" or "UTC"',
)
NO_DATE: Final = Wording(
    "schedules.no_date",
    "{text!r} is no date; write one such as 2026-03-01 or 2026-03-01T06:00",
)
