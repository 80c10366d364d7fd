import { expect, test } from "vitest";
import type { Definition } from "./queries";
import { chosen } from "./templates";

test("a template can ask for values that people choose, each once", () => {
  const document: Definition = {
    name: "sos",
    triggers: [{ type: "message_received", config: { mesh_id: "lobby" }, when: { field: "text", op: "contains", value: "SOS" } }],
    steps: [
      { id: "a", type: "send_message", with: { mesh_id: "cinema", text: "{{ text }}" } },
      { id: "w", type: "wait", with: { alert: "{{ steps.a.x }}", timeout: 300, on_timeout: "continue" } },
      { id: "b", type: "branch", if: { not: { field: "text", op: "==", value: "SOS" } }, then: [{ id: "c", type: "send_message", with: { text: "Calm down" } }] },
    ],
  };
  expect(chosen(document)).toEqual({ mesh_id: "lobby", text: "SOS", mesh_id_2: "cinema", timeout: 300, text_2: "Calm down" });
});
