import type { TFunction } from "i18next";
import { expect, test } from "vitest";
import { reason } from "./reason";

const t = ((key: string, values?: object) => `${key} ${Object.values(values ?? {})}`.trim()) as unknown as TFunction;

test("why a command did not complete is said in the reader's language", () => {
  const about = (status: string, exit_code: number | null, error: string | null) => reason({ status, exit_code, error } as never, t);
  expect(about("completed", 0, null)).toBeNull();
  expect(about("failed", 3, "it ended with exit code 3")).toBe("background.why.exit 3");
  expect(about("crashed", 137, "signal 9 (SIGKILL) has ended it")).toBe("background.why.signal 9");
  expect(about("crashed", null, "its keeper was killed")).toBe("background.why.keeper");
  expect(about("crashed", null, "the machine was switched off or started anew while it ran")).toBe("background.why.machine");
});
