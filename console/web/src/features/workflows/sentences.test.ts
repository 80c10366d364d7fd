// @vitest-environment happy-dom
import i18next from "i18next";
import { beforeAll, expect, test } from "vitest";
import { learn, start } from "../../i18n";
import { asTitle, inSentence, stepConditions, stepSentence, triggerSentence } from "./sentences";

const t = i18next.t;

beforeAll(async () => {
  await start();
  await learn("en");
});

test("a condition is said as people say it", () => {
  const tree = { all: [{ field: "text", op: "contains", value: "SOS" }, { any: [{ field: "steps.wait.timeout", op: "true" }, { field: "n", op: ">=", value: 3 }] }] };
  expect(inSentence(tree, t)).toBe("text contains “SOS” and (wait.timeout is true or n is at least 3)");
});

test("a trigger and a step are sentences with the names of what is filled in", () => {
  expect(triggerSentence({ type: "zone_exit", config: { zone: "harbour" } }, t)).toBe("a user leaves a zone (zone: harbour)");
  const step = { id: "alert", type: "create_alert", with: { title: 'Help for {{ user_name | default("somebody") }}', severity: "critical", user_id: "{{ user_id }}" }, retries: 3 };
  expect(stepSentence(step, t)).toBe("raise an alert “Help for ‹user name›” of severity critical (user id: ‹user id›)");
  expect(stepConditions(step, t)).toEqual(["tried 3 times more when it fails"]);
});

test("a title begins with a capital, and an address stays as it is", () => {
  expect(asTitle("say “Hello”")).toBe("Say “Hello”");
  expect(asTitle("http://127.0.0.1:8080/x is called")).toBe("http://127.0.0.1:8080/x is called");
});

test("the only workflow is no one of several", () => {
  expect(t("workflows.lead.only", { count: 1 })).toBe("The only workflow begins by itself.");
  expect(t("workflows.lead.only", { count: 0 })).toBe("The only workflow does not begin by itself.");
});
