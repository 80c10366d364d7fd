import type { TFunction } from "i18next";
import type { Command } from "./queries";

/** Exit codes beyond it are those of signals, as shells have it. */
const SIGNALS = 128;

/** Why a command did not complete, in the reader's language; nothing while it runs or when it has completed. */
export function reason({ error, status, exit_code }: Pick<Command, "error" | "status" | "exit_code">, t: TFunction): string | null {
  if (error === null) return null;
  if (status === "failed" && exit_code !== null) return t("background.why.exit", { code: exit_code });
  if (status !== "crashed") return error;
  if (exit_code !== null) return t("background.why.signal", { number: exit_code - SIGNALS });
  return error.startsWith("its keeper") ? t("background.why.keeper") : t("background.why.machine");
}
