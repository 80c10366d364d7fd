/** Counts of executions by day; days without any are there as well. */
import type { TrendDay } from "./queries";

const DAY = 86_400_000;

/** The last days up to now, in UTC as they are counted, the oldest first. */
export function lastDays(trend: readonly TrendDay[], count: number, now: number): TrendDay[] {
  const known = new Map(trend.map((one) => [one.day, one]));
  return Array.from({ length: count }, (_, index) => {
    const day = new Date(now - (count - 1 - index) * DAY).toISOString().slice(0, 10);
    return known.get(day) ?? { day, started: 0, completed: 0, failed: 0, cancelled: 0, avg_execution_time: null };
  });
}
