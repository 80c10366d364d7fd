"""What workflows and their engine say, each sentence by its code (`shared.wording`)."""

from __future__ import annotations

from typing import Final

from meshvisor.shared.wording import Wording

FOLLOWS_ITSELF: Final = Wording(
    "workflows.follows",
    "it follows from itself: {count} workflows in a row have led to this event",
)
RESTS: Final = Wording(
    "workflows.rests",
    "it has failed {failures} times in a row and rests for {seconds} s more",
)
RESTS_NOW: Final = Wording(
    "workflows.rests_now",
    "it has failed {failures} times in a row and rests for a while",
)
BUDGET_SPENT: Final = Wording(
    "workflows.budget_spent",
    "it began {most} times within a minute, which is the most there may be",
)
OWNER_BUDGET_SPENT: Final = Wording(
    "workflows.owner_budget_spent",
    "workflows of {owner} began {most} times within a minute, which is the most there may be",
)
TOO_FEW: Final = Wording(
    "workflows.too_few",
    "it has happened {count} of {most} times within {seconds} s",
)
TOO_FEW_FOR: Final = Wording(
    "workflows.too_few_for",
    "it has happened {count} of {most} times for {key} within {seconds} s",
)
MUST_NOT_PUBLISH: Final = Wording(
    "workflows.must_not_publish", "to have a workflow begin by itself needs {scope}"
)
LANDS_INACTIVE: Final = Wording(
    "workflows.lands_inactive", "it does not begin by itself: that needs {scope}"
)
LARGE_VALUE: Final = Wording(
    "workflows.large_value", "more than {most} characters came out of all its texts together"
)
LONG_RESULT: Final = Wording(
    "workflows.long_result", "a text of {count} characters came out; {most} are allowed"
)
NO_TEMPLATE: Final = Wording(
    "workflows.no_template",
    "a template is an object with name, category, description, inputs and workflow",
)
STANDS_NOWHERE: Final = Wording(
    "workflows.stands_nowhere",
    "{found} stands in no trigger, condition or step of the workflow; give a value as it is there",
)
COOLS_DOWN: Final = Wording(
    "workflows.cools_down",
    "it ran {ago} s ago, and its cooldown is {cooldown} s",
)
COOLS_DOWN_FOR: Final = Wording(
    "workflows.cools_down_for",
    "it ran {ago} s ago for {key}, and its cooldown is {cooldown} s",
)
RATE: Final = Wording(
    "workflows.rate",
    "it ran {count} times within {seconds} s, and may {most} times",
)
RATE_FOR: Final = Wording(
    "workflows.rate_for",
    "it ran {count} times for {key} within {seconds} s, and may {most} times",
)
MANY_LIVE: Final = Wording("workflows.many_live", "{most} executions live already")
RUNS_ALREADY: Final = Wording("workflows.runs_already", "it runs already, and its mode is single")
RUNS_ALREADY_FOR: Final = Wording(
    "workflows.runs_already_for",
    "it runs already for {key}, and its mode is single",
)
ANOTHER_BEGINS: Final = Wording("workflows.another_begins", "another one begins")
ANOTHER_BEGINS_FOR: Final = Wording("workflows.another_begins_for", "another one begins for {key}")
QUEUE_FULL: Final = Wording(
    "workflows.queue_full",
    "{count} wait already, which is the most there may be",
)
QUEUE_FULL_FOR: Final = Wording(
    "workflows.queue_full_for",
    "{count} wait already for {key}, which is the most there may be",
)
SOME_RUN: Final = Wording("workflows.some_run", "{count} run already")
SOME_RUN_FOR: Final = Wording("workflows.some_run_for", "{count} run already for {key}")
CANNOT_BEGIN: Final = Wording("workflows.cannot_begin", "{name} cannot begin: {reason}")
OVER_DEADLINE: Final = Wording("workflows.over_deadline", "it has taken longer than {seconds} s")
CANCELLED_BY: Final = Wording("workflows.cancelled_by", "cancelled by {by}")
CHILD_ENDED: Final = Wording("workflows.child_ended", "execution {number} was {status}: {why}")
CALLER_ENDED: Final = Wording(
    "workflows.caller_ended",
    "execution {number}, which has called it, has ended",
)
CALLER_GOES_ON: Final = Wording(
    "workflows.caller_goes_on",
    "execution {number} waits for it no more",
)
OUR_MISTAKE: Final = Wording("workflows.our_mistake", "a mistake of the engine: {error}")
NO_SUCH_WORKFLOW: Final = Wording("workflows.no_such", "there is no workflow {name!r}")
UNKNOWN_WORKFLOW: Final = Wording("workflows.unknown", "there is no workflow {name!r}; {hint}")
DEEP_CALLS: Final = Wording(
    "workflows.deep_calls",
    "more than {most} workflows call each other in a row",
)
LOST_REVISION: Final = Wording("workflows.lost_revision", "its revision cannot be used any more")
NO_REASON: Final = Wording("workflows.no_reason", "no reason is known")
OTHER_REASONS: Final = Wording("workflows.other_reasons", "other reasons")
JOB_CANCELLED: Final = Wording("workflows.job_cancelled", "job {job_id} was cancelled")
JOB_FAILED: Final = Wording("workflows.job_failed", "job {job_id} has failed")
JOB_FAILED_BY: Final = Wording("workflows.job_failed_by", "job {job_id} has failed: {error}")
OTHER_KIND: Final = Wording(
    "workflows.other_kind",
    "the event is {kind}, and its triggers want {kinds}",
)
OWN_CONDITION: Final = Wording("workflows.own_condition", "its own condition: {why}")
OTHER_VALUE: Final = Wording(
    "workflows.other_value",
    "the trigger {trigger} wants {name} to be {wanted}, and it is {found}",
)
OF_TRIGGER: Final = Wording("workflows.of_trigger", "the trigger {type}: {why}")
WOULD_BEGIN: Final = Wording("workflows.would_begin", "it would begin")
BY_HAND: Final = Wording("workflows.by_hand", "it is begun by hand")
IS_FALSE: Final = Wording("workflows.is_false", "{condition} is false: {field} = {value}")
FIELD_MISSING: Final = Wording(
    "workflows.field_missing", "{condition} is false: {field} is missing"
)
MUST_NOT_BE: Final = Wording("workflows.must_not", "it must not be that {condition}: {seen}")
MUST_NOT_BE_SO: Final = Wording("workflows.must_not_so", "it must not be that {condition}")
NONE_IS_TRUE: Final = Wording("workflows.none_true", "none of these is true: {reasons}")
ALWAYS_FALSE: Final = Wording("workflows.false", "{condition} is false")
IS_NOT: Final = Wording("workflows.is_not", "{name} is not equal to {wanted}")
RAN_AS: Final = Wording("workflows.ran", "it ran as execution {number}, which is {status}")
NO_EVENT: Final = Wording(
    "workflows.no_event",
    "there is no event {number}; 'meshvisor events' shows those there are",
)
NO_EVENT_TRIGGER: Final = Wording(
    "workflows.no_event_trigger", "{name} has no trigger of an event; it begins otherwise"
)
NO_SUCH_EVENTS: Final = Wording(
    "workflows.no_such_events",
    "the log has no event of {kinds}; it keeps them for some days only",
)
NOT_ACTIVE: Final = Wording("workflows.inactive", "it is not active")
NOT_YET: Final = Wording("workflows.not_yet", "the engine has not come to this event yet")
WOULD_RUN_NOW: Final = Wording(
    "workflows.would_now",
    "it would run at this event now; it was changed or activated since",
)
NOT_KEPT: Final = Wording(
    "workflows.not_kept",
    "it would run at this event now; what was decided then is no longer kept",
)
NO_QUESTION: Final = Wording("workflows.no_question", "there is no question {number}")
QUESTION_CLOSED: Final = Wording(
    "workflows.question_closed",
    "the question {number} is answered already, or its time is over",
)
NO_OPTION: Final = Wording("workflows.no_option", "{found} is no answer to it; choose {options}")
ANSWER_TOO_LATE: Final = Wording(
    "workflows.answer_too_late", "execution {number} has ended and waits for no answer"
)
NO_EXECUTION: Final = Wording("workflows.no_execution", "there is no execution {number}")
MANY_STEPS_BEGUN: Final = Wording(
    "workflows.many_steps_begun",
    "it has begun {most} steps, which is the most there may be",
)
NO_LIST: Final = Wording("workflows.no_list", "items is {found}, which is no list")
MANY_ITEMS: Final = Wording(
    "workflows.many_items",
    "there are {count} items, and max allows {most}",
)
MANY_BRANCHES: Final = Wording(
    "workflows.many_branches",
    "more than {most} branches run at the same time",
)
NO_MOMENT: Final = Wording("workflows.no_moment", "{found} is no moment")
NO_EVENT_CAME: Final = Wording("workflows.no_event_came", "no event has come in time")
NO_ANSWER_CAME: Final = Wording("workflows.no_answer_came", "no answer has come in time")
TOOK_LONG: Final = Wording("workflows.took_long", "it took longer than {seconds} s")
LARGE_VALUES: Final = Wording("workflows.large_values", "its values take more than {most} KiB")
TRIES_AGAIN: Final = Wording(
    "workflows.tries_again",
    "{step} has failed, again in {delay} s: {error}",
)
IS_PASSED: Final = Wording("workflows.is_passed", "{step} has failed and is passed: {error}")
UNCERTAIN: Final = Wording(
    "workflows.uncertain",
    "the supervisor stopped while it did this; whether it was done is unknown",
)
NO_SCOPE: Final = Wording(
    "workflows.no_scope",
    "{owner}, on whose behalf {workflow} acts, has no scope {scope}",
)
STEP_SCOPE: Final = Wording(
    "workflows.step_scope",
    "the step {step} ({type}) takes the scope {scope}, which {owner} does not have; leave it "
    "out, or have an owner save it",
)
IS_EMPTY: Final = Wording("workflows.is_empty", "{name} is empty: {meaning}")
NO_MESH: Final = Wording("workflows.no_mesh", "the event is in no mesh; name one with mesh_id")
NO_TEXT: Final = Wording("workflows.no_text", "the text is empty")
NEEDED: Final = Wording("workflows.needed", "it is needed: {meaning}")
NO_FIELD: Final = Wording("workflows.no_field", "there is no such field; there are {fields}")
NO_TRIGGER: Final = Wording("workflows.no_trigger", "{found} is no trigger; there are {names}")
NO_STEP: Final = Wording("workflows.no_step", "{found} is no step; there are {names}")
NO_MODE: Final = Wording("workflows.no_mode", "{found} is no mode; choose one of {names}")
NO_NAME: Final = Wording(
    "workflows.no_name",
    "{found} cannot name a workflow; use up to {most} letters, digits, blanks, dots and "
    "dashes, a letter or digit first",
)
NAME_OF_DIGITS: Final = Wording(
    "workflows.name_of_digits",
    "{found} cannot name a workflow: digits alone are the number of one; add a letter, such as in "
    "'Floor 7'",
)
NO_TIMEOUT: Final = Wording(
    "workflows.no_timeout", "a step that does {type} has no timeout of its own; {instead}"
)
TIMEOUT_OF_WAIT: Final = Wording(
    "workflows.timeout_of_wait",
    "write 'timeout' into its 'with', where it waits for an event or an alert",
)
TIMEOUT_OF_ASK: Final = Wording("workflows.timeout_of_ask", "write 'expires' into its 'with'")
TIMEOUT_OF_OTHERS: Final = Wording(
    "workflows.timeout_of_others", "the workflow's 'deadline' limits the whole"
)
NO_ID: Final = Wording("workflows.no_id", "{found} is no name; use letters, digits, _ and -")
NAMES_ALREADY: Final = Wording(
    "workflows.names_already",
    "{found} names {place} already; take another name",
)
NO_NUMBER: Final = Wording("workflows.no_number", "{found} is no number")
NOT_WITHIN: Final = Wording("workflows.not_within", "{found} is not within {low} and {high}")
BEGINS_OTHERWISE: Final = Wording(
    "workflows.begins_otherwise",
    "{found} begins with none of {names}",
)
ONE_NEEDED: Final = Wording("workflows.one_needed", "one of {names} is needed")
TEXT_UP_TO: Final = Wording("workflows.text_up_to", "it is a text of up to {most} characters")
NO_DOCUMENT: Final = Wording(
    "workflows.no_document",
    "a workflow is an object with name, triggers and steps",
)
TOO_LARGE: Final = Wording("workflows.too_large", "it has {size} bytes; {most} are allowed")
MANY_STEPS: Final = Wording("workflows.many_steps", "there are {count} steps; {most} are allowed")
MANY: Final = Wording("workflows.many", "there are {count}; {most} are allowed")
TOO_DEEP: Final = Wording("workflows.too_deep", "steps are nested deeper than {most} levels")
STEPS_LIST: Final = Wording("workflows.steps_list", "steps are a list")
BRANCH_CONDITION: Final = Wording("workflows.branch_condition", "a branch needs a condition")
CHANGED_IN_STEP: Final = Wording(
    "workflows.changed_in_step",
    "changed compares with the event before, which steps do not know; use it in the condition of"
    " the workflow or of a trigger",
)
LOOP_STEPS: Final = Wording("workflows.loop_steps", "a for_each needs steps")
NO_FILTER: Final = Wording("workflows.no_filter", "{found} is no filter; there are {names}")
FILTER_VALUE: Final = Wording(
    "workflows.filter_value",
    "the filter {name} needs a value, such as {example}",
)
FILTER_NO_VALUE: Final = Wording("workflows.filter_no_value", "the filter {name} takes no value")
FILTER_MISFIT: Final = Wording(
    "workflows.filter_misfit",
    "the filter {name} cannot be used on {value}",
)
VALUE_MISSING: Final = Wording("workflows.value_missing", "a value that is required is missing")
OPEN_EXPRESSION: Final = Wording(
    "workflows.open_expression",
    "an expression begins with {open} and does not end; close it with {close}",
)
NO_PATH: Final = Wording(
    "workflows.no_path",
    "{found} is no field; write names with dots between them, such as severity or event.data.zone",
)
NO_OPERATOR: Final = Wording("workflows.no_operator", "{found} is no operator; there are {names}")
NO_CONDITION: Final = Wording(
    "workflows.no_condition",
    "{found} is no condition; write field, op and value, or all, any, not",
)
UNEXPECTED: Final = Wording(
    "workflows.unexpected",
    "at character {at}, {found} is found where {wanted} is wanted",
)
NO_EXPRESSION: Final = Wording(
    "workflows.no_expression",
    "{found} is no regular expression of RE2: {why}",
)
NO_KIND: Final = Wording("workflows.no_kind", "a kind of event is such as job.failed, or job.*")
MAY_FIRE_ITSELF: Final = Wording(
    "workflows.may_fire_itself",
    "it may fire itself ({way}); make sure that its conditions end that, or it is stopped at "
    "the eighth time",
)
DOES_NOTHING: Final = Wording("workflows.does_nothing", "there are none; it does nothing")
NOT_THERE_YET: Final = Wording("workflows.not_there_yet", "there is no workflow {name!r} yet")
CALLS_ITSELF: Final = Wording("workflows.calls_itself", "it calls itself: {way}")
NO_INPUT_OF: Final = Wording(
    "workflows.no_input_of", "{workflow} has no input {name!r}; it has {names}"
)
NO_NAMES: Final = Wording("workflows.no_names", "none")
UNKNOWN_NAME: Final = Wording(
    "workflows.unknown_name",
    "no event of its triggers has {name!r}, and no input or variable is called so; there are "
    "{names}",
)
UNKNOWN_NAME_NEAR: Final = Wording(
    "workflows.unknown_name_near",
    "no event of its triggers has {name!r}, and no input or variable is called so; did you mean "
    "{near}?",
)
NO_SUCH_STEP: Final = Wording(
    "workflows.no_such_step", "there is no step {name!r}; here are known: {names}"
)
STEP_NOT_YET: Final = Wording(
    "workflows.step_not_yet", "the step {name!r} has not run here: it comes later, or instead"
)
NO_SUCH_VARIABLE: Final = Wording(
    "workflows.no_such_variable",
    "no step before this one sets the variable {name!r}; here are known: {names}",
)
NO_SUCH_INPUT: Final = Wording(
    "workflows.no_such_input", "there is no input {name!r}; the workflow has {names}"
)
ENGINE_NOT_STARTED: Final = Wording(
    "workflows.engine_not_started", "the engine of workflows cannot be started: {why}"
)
ENGINE_ENDED: Final = Wording(
    "workflows.engine_ended", "the engine of workflows is started again: {why}"
)
ENGINE_NOT_UP: Final = Wording(
    "workflows.engine_not_up", "it does not come up; the log lines of [workflows] say why"
)
NO_JSON: Final = Wording(
    "workflows.no_json", "it holds what JSON cannot say, or is nested too deep"
)
ACTIONS_AND_STEPS: Final = Wording(
    "workflows.actions_and_steps", "actions and steps are the same; write one of them"
)
RATE_FORM: Final = Wording("workflows.rate_form", "write count and seconds, such as {example}")
INPUTS_FORM: Final = Wording("workflows.inputs_form", "inputs are an object, such as {example}")
INPUT_FORM: Final = Wording(
    "workflows.input_form", "an input has type, required, default, description, choices"
)
TRIGGERS_LIST: Final = Wording("workflows.triggers_list", "triggers are a list")
TRIGGER_FORM: Final = Wording(
    "workflows.trigger_form", "a trigger is an object with type and config"
)
STEP_FORM: Final = Wording("workflows.step_form", "a step is an object, such as {example}")
ON_FAILURE_FORM: Final = Wording(
    "workflows.on_failure_form", "write stop, continue, or a list of steps"
)
BRANCHES_NEEDED: Final = Wording(
    "workflows.branches_needed", "a parallel step needs branches: a list of lists of steps"
)
JOIN_FORM: Final = Wording("workflows.join_form", "write all, any, or a number from 1 to {most}")
AN_OBJECT: Final = Wording("workflows.an_object", "it is an object")
KEY_FORM: Final = Wording(
    "workflows.key_form", "it is a text of up to {most} characters, such as {example}"
)
PLAIN_VALUE: Final = Wording(
    "workflows.plain_value",
    "a field is compared with a text, a number, true, false, null or a list",
)
NO_QUOTED: Final = Wording("workflows.no_quoted", "{found} is no text; write it in quotes")
NO_PLAIN_LIST: Final = Wording("workflows.no_plain_list", "{found} is no list of plain values")
LONG_LIST: Final = Wording("workflows.long_list", "the list has {count} values; {most} are allowed")
NO_RANGE: Final = Wording(
    "workflows.no_range", "{found} is no range; write two numbers, such as [10, 20]"
)
NO_TIMES: Final = Wording(
    "workflows.no_times",
    "{found} is no part of the day; write two times, and a zone if not UTC, such as {example}",
)
NO_DAYS: Final = Wording("workflows.no_days", "{found} is no list of days, such as {example}")
NO_DAY: Final = Wording("workflows.no_day", "{found} is no day; write {names}")
CIRCLE_FORM: Final = Wording(
    "workflows.circle_form", "write latitude, longitude and radius_m (metres)"
)
CIRCLE_NUMBERS: Final = Wording(
    "workflows.circle_numbers", "write latitude, longitude and radius_m (metres) as numbers"
)
CIRCLE_LIMITS: Final = Wording(
    "workflows.circle_limits", "latitude is -90 to 90, longitude -180 to 180, radius_m above 0"
)
CONDITION_DEEP: Final = Wording(
    "workflows.condition_deep", "the condition is nested deeper than {most} levels; take it apart"
)
MANY_COMPARISONS: Final = Wording(
    "workflows.many_comparisons", "{count} comparisons are too many; {most} are allowed"
)
NO_JOINING: Final = Wording("workflows.no_joining", "{found} joins no conditions; write AND or OR")
LIST_OF_CONDITIONS: Final = Wording(
    "workflows.list_of_conditions", "{kind} takes a list of conditions"
)
LEAF_FORM: Final = Wording(
    "workflows.leaf_form", "a condition needs field, op and value, or one of all, any, not"
)
LEAF_FIELD: Final = Wording(
    "workflows.leaf_field",
    "a condition has no field {name}; it needs field, op and value, or one of all, any, not",
)
RESERVED_FIELD: Final = Wording(
    "workflows.reserved_field", "{found} joins conditions and cannot be a field"
)
TAKES_NO_VALUE: Final = Wording("workflows.takes_no_value", "{name} takes no value")
LONG_CONDITION: Final = Wording(
    "workflows.long_condition", "the condition has {count} characters; {most} are allowed"
)
LONG_TEXT: Final = Wording(
    "workflows.long_text", "the text has {count} characters; {most} are allowed"
)
MANY_EXPRESSIONS: Final = Wording(
    "workflows.many_expressions", "the text has {count} expressions; {most} are allowed"
)
MANY_FILTERS: Final = Wording(
    "workflows.many_filters", "{path} has {count} filters; {most} are allowed"
)
NO_TIME_OF_DAY: Final = Wording(
    "workflows.no_time_of_day", "{found} is no time of day; write 07:30"
)
NO_ZONE: Final = Wording("workflows.no_zone", "{found} is no time zone; write UTC or Europe/Berlin")
NO_INPUT: Final = Wording("workflows.no_input", "the template has no such input; there are {names}")
A_FIELD: Final = Wording("workflows.a_field", "a field")
AN_OPERATOR: Final = Wording("workflows.an_operator", "an operator")
A_VALUE: Final = Wording(
    "workflows.a_value", "a value: a number, a text in double quotes, true, false, a list"
)
AND_OR_END: Final = Wording("workflows.and_or_end", "'and' or 'or', or the end")
SEND_REQUEST: Final = Wording("workflows.http", "Send an HTTP request, and keep the answer.")
HTTP_ITEMS: Final = Wording("workflows.http_items", "One name of the request")
HTTP_URL: Final = Wording(
    "workflows.http_url", "Its address, which begins with https:// or http://"
)
HTTP_METHOD: Final = Wording("workflows.http_method", "GET, POST or another method; left out: GET")
HTTP_BODY: Final = Wording("workflows.http_body", "What is sent: a text as it is, all else as JSON")
HTTP_EXPECT: Final = Wording(
    "workflows.http_expect", "Statuses that are right; left out: 200 to 299"
)
