/** Which schedules of many are shown. */
import { isOpen, type Schedule } from "./queries";

export const STATES = ["failed", "running", "disabled"] as const;
export type State = (typeof STATES)[number];

export interface Filter {
  q?: string;
  state?: State[];
}

const IS: Record<State, (one: Schedule) => boolean> = {
  failed: (one) => one.problem !== null || one.last_run?.status === "failed",
  running: (one) => one.last_run !== null && isOpen(one.last_run.status),
  disabled: (one) => !one.enabled,
};

/** Those whose name or action has the words, and that are in one of the states. */
export function filtered(schedules: readonly Schedule[], { q = "", state = [] }: Filter): Schedule[] {
  const words = String(q).toLowerCase();
  return schedules.filter((one) => `${one.name} ${one.action}`.toLowerCase().includes(words)).filter((one) => state.length === 0 || state.some((is) => IS[is]?.(one)));
}
