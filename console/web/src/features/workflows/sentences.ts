/** A definition in words: conditions, triggers and steps as the sentences that people would say. */
import type { TFunction } from "i18next";
import { inWords } from "../../ui/format";
import type { Definition, Step, Tree, Trigger } from "./queries";

/** Names of operators that are no words. */
const OPERATORS: Record<string, string> = { "==": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge" };
const UNARY = ["exists", "missing", "empty", "true", "changed"];

/** A condition in one line, as documents have it; parsing it gives the same tree. */
export function asLine(tree: Tree, within = 0): string {
  if ("not" in tree) return `not ${asLine(tree.not, 3)}`;
  if ("any" in tree) return bracket(tree.any.map((one) => asLine(one, 1)).join(" or "), within >= 1);
  if ("all" in tree) return bracket(tree.all.map((one) => asLine(one, 2)).join(" and "), within >= 2);
  return UNARY.includes(tree.op) ? `${tree.field} ${tree.op}` : `${tree.field} ${tree.op} ${JSON.stringify(tree.value)}`;
}

const bracket = (text: string, isNeeded: boolean) => (isNeeded ? `(${text})` : text);

/** A sentence as a title: with a capital, unless it begins with an address. */
export const asTitle = (words: string) => (/^[a-z][a-z0-9+.-]*:\/\//i.test(words) ? words : words.charAt(0).toLocaleUpperCase() + words.slice(1));

/** A condition as people say it. */
export function inSentence(tree: Tree, t: TFunction, within = 0): string {
  if ("not" in tree) return t("workflows.not", { condition: inSentence(tree.not, t, 3) });
  if ("any" in tree) return bracket(tree.any.map((one) => inSentence(one, t, 1)).join(` ${t("workflows.or")} `), within >= 1);
  if ("all" in tree) return bracket(tree.all.map((one) => inSentence(one, t, 2)).join(` ${t("workflows.and")} `), within >= 2);
  const value = /(^|\.)severity$/.test(tree.field) ? severities(tree.value, t) : tree.value;
  return t(`workflows.ops.${OPERATORS[tree.op] ?? tree.op}`, { field: fieldName(tree.field), value: valueOf(value) });
}

/** Severities by their words. */
function severities(value: unknown, t: TFunction): unknown {
  if (Array.isArray(value)) return value.map((one) => severities(one, t));
  return typeof value === "string" ? t(`workflows.severities.${value}`, { defaultValue: value }) : value;
}

/** The last words of a path, with the step that a result is of. */
function fieldName(path: string): string {
  return path.replace(/^(event\.data|event|vars|inputs|trigger)\./, "").replace(/^steps\./, "").replaceAll("_", " ");
}

function valueOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(valueOf).join(", ");
  if (typeof value === "string") return `“${filled(value)}”`;
  return inWords(value);
}

/** A text with the names of what is filled in, in place of `{{ path | filters }}`. */
export function filled(text: string): string {
  return text.replace(/\{\{\s*([^}|]*?)\s*(?:\|[^}]*)?\}\}/g, (_, path: string) => `‹${fieldName(path)}›`);
}

/** What begins it. */
export function triggerSentence(trigger: Trigger, t: TFunction): string {
  const config = Object.entries(trigger.config ?? {});
  const words = t(`workflows.triggers.${trigger.type}`, { defaultValue: trigger.type, ...trigger.config });
  const isSaid = ["time_schedule", "event"].includes(trigger.type);
  const only = isSaid ? [] : config.map(([name, value]) => `${fieldName(name)}: ${filled(inWords(value))}`);
  return only.length > 0 ? `${words} (${only.join(", ")})` : words;
}

/** Fields of steps that their sentences name; others stand behind in brackets. */
const NAMED: Record<string, string[]> = {
  send_message: ["text"],
  trigger_bot: ["text", "command", "arguments"],
  create_alert: ["title", "severity"],
  acknowledge_alert: ["alert_id"],
  resolve_alert: ["alert_id"],
  update_zone: ["zone"],
  get_users_in_zone: ["zone"],
  update_user_group: ["user_id", "group", "action"],
  send_notification: ["title", "text"],
  submit_job: ["action"],
  http_request: ["url", "method"],
  call: ["workflow"],
  for_each: ["items", "as"],
  ask: ["question", "options"],
  stop: ["reason", "failed"],
  parallel: ["join"],
};

/** What a step does, in a sentence without its blocks. Short: without what the sentence does not name. */
export function stepSentence(step: Step, t: TFunction, isShort = false): string {
  if (step.type === "branch") return t("workflows.if", { condition: step.if ? inSentence(step.if, t) : "" });
  const given = step.with ?? {};
  if (step.type === "wait") return waitSentence(given, t);
  const said = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, short(filled(isTree(value) ? inSentence(value, t) : inWords(value)))]));
  if (said.severity) said.severity = t(`workflows.severities.${said.severity}`, { defaultValue: said.severity });
  const named = NAMED[step.type] ?? [];
  const more = Object.entries(said).filter(([name, value]) => !named.includes(name) && value !== "");
  const words = t(`workflows.steps.${step.type}`, { defaultValue: step.type, ...said, context: variant(step) });
  return more.length > 0 && !isShort ? `${words} (${more.map(([name, value]) => `${fieldName(name)}: ${value}`).join(", ")})` : words;
}

/** For what it waits, how long, and what then. */
function waitSentence(given: Record<string, unknown>, t: TFunction): string {
  const then = () => (given.timeout === undefined ? "" : `; ${t(given.on_timeout === "continue" ? "workflows.steps.wait_thenOn" : "workflows.steps.wait_thenFails", { seconds: filled(inWords(given.timeout)) })}`);
  if ("alert" in given) return `${t("workflows.steps.wait_alert", { alert: filled(inWords(given.alert)) })}${then()}`;
  if (!("event" in given)) return "until" in given ? t("workflows.steps.wait_until", { until: filled(inWords(given.until)) }) : t("workflows.steps.wait", { seconds: filled(inWords(given.seconds)) });
  const name = inWords(given.event);
  const event = t(`workflows.triggers.${name}`, { defaultValue: t("workflows.triggers.event", { kind: name }) });
  const where = isTree(given.where) ? inSentence(given.where, t) : filled(inWords(given.where));
  const words = where ? t("workflows.steps.wait_where", { event, where }) : t("workflows.steps.wait_event", { event });
  return `${words}${then()}`;
}

function variant(step: Step): string | undefined {
  const given = step.with ?? {};
  if (step.type === "update_user_group") return typeof given.action === "string" ? given.action : undefined;
  if (step.type === "send_notification") return given.title ? undefined : "text";
  if (step.type === "create_alert") return given.severity ? "severity" : undefined;
  if (step.type === "trigger_bot") return given.command ? "command" : undefined;
  if (step.type === "stop") return given.failed ? "failed" : undefined;
  return undefined;
}

function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && ["all", "any", "not", "op"].some((name) => name in value);
}

const LONGEST = 160;
const short = (text: string) => (text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}…`);

/** What else holds for a step: its condition, its retries, what happens when it fails. */
export function stepConditions(step: Step, t: TFunction): string[] {
  const found = [];
  if (step.when) found.push(t("workflows.only", { condition: inSentence(step.when, t) }));
  if (step.retries) found.push(t("workflows.retries", { count: step.retries }));
  if (step.timeout && step.timeout !== 30) found.push(t("workflows.within", { seconds: step.timeout }));
  if (step.on_failure === "continue") found.push(t("workflows.goesOn"));
  return found;
}

/** How executions go together, in sentences. */
export function running(document: Definition, t: TFunction): string[] {
  const found = [];
  const { mode, key, threshold, cooldown, rate_limit: limit, deadline } = document;
  const of = key ? t("workflows.how.each", { key: filled(key) }) : "";
  if (mode && mode !== "parallel") found.push(t(`workflows.how.${mode}`, { of }));
  else if (of && !cooldown && !limit) found.push(t("workflows.how.parallel", { of }));
  if (threshold) found.push(t("workflows.how.threshold", { ...threshold, of }));
  if (cooldown) found.push(t("workflows.how.cooldown", { seconds: cooldown, of }));
  if (limit) found.push(t("workflows.how.limit", { ...limit, of }));
  if (deadline) found.push(t("workflows.how.deadline", { seconds: deadline }));
  return found;
}
