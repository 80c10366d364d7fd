import { describe, expect, test } from "vitest";
import { asYaml, parse, pathOf, placed } from "./yaml";

const TEXT = `name: greet
triggers:
  - type: message_received
steps:
  - id: answer
    do: send_message
    with:
      txt: hello
`;

describe("where something is in a text", () => {
  const parsed = parse(TEXT, "no object");

  test.each([
    ["steps[0].with.txt", 8],
    ["steps[0].with.text", 7],
    ["steps[0].do", 6],
    ["steps[0].retries", 5],
    ["triggers[0].when", 3],
    ["cooldown", 0],
    ["", 0],
  ])("%s is on line %i", (place, line) => {
    expect(placed([{ place, message: "is wrong" }], parsed)[0]!.line).toBe(line);
  });

  test("what is no YAML is wrong at its line", () => {
    const { document, problems } = parse("name: x\nsteps: [1", "no object");
    expect(document).toBeUndefined();
    expect(problems[0]!.line).toBe(2);
  });

  test("what is no object is said, and a name of another node is refused", () => {
    expect(parse("- 1", "no object").problems[0]!.message).toBe("no object");
    expect(parse("a: &x [1]\nb: *x", "no object").document).toBeUndefined();
  });
});

test("a place is read as names and numbers", () => {
  expect(pathOf("steps[2].with.text")).toEqual(["steps", 2, "with", "text"]);
  expect(pathOf("branches[0][1].id")).toEqual(["branches", 0, 1, "id"]);
});

test("a stored form becomes YAML with conditions in one line and without what is empty", () => {
  const when = { all: [{ field: "text", op: "contains", value: "SOS" }, { not: { any: [{ field: "a", op: "missing" }, { field: "n", op: ">", value: 3 }] } }] };
  const text = asYaml({ name: "sos", description: "", triggers: [{ type: "message_received", config: {}, when }], steps: [] });
  expect(text).toBe('name: sos\ntriggers:\n  - type: message_received\n    when: text contains "SOS" and not (a missing or n > 3)\nsteps: []\n');
  expect(parse(text, "no object").document).toMatchObject({ name: "sos" });
});
