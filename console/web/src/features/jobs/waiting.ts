import type { Job } from "./queries";

/** Whether it is paused and goes on by itself when it is its turn: it has made room, or was resumed. */
export function isWaiting({ status, ready }: { status: Job["status"]; ready?: boolean }): boolean {
  return status === "paused" && ready === true;
}
