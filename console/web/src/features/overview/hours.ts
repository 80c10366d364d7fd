import type { Tone } from "../../ui/state";
import { midnight } from "../../ui/times";
import { toneOfKind } from "../fleet/Happenings";
import type { Happening } from "./queries";

export interface Hour {
  /** Epoch milliseconds. */
  from: number;
  tone: Tone | "none";
  count: number;
  /** Whether events of it were not read. */
  isPart: boolean;
}

const WORST: Tone[] = ["bad", "warn", "shut", "busy", "idle", "ok"];
const HOUR = 3_600_000;

/** The hours of today, each with how much happened and the worst of it; `begin`: where the events begin, later than the day. */
export function hours(events: readonly Happening[], now: number, begin = 0): Hour[] {
  const start = midnight(now);
  const day: Hour[] = Array.from({ length: 24 }, (_, index) => ({ from: start + index * HOUR, tone: "none", count: 0, isPart: start + index * HOUR < begin }));
  for (const event of events) {
    const hour = day[Math.floor((Date.parse(event.at) - start) / HOUR)];
    if (!hour) continue;
    const tone = toneOfKind(event.kind);
    hour.count += 1;
    if (hour.tone === "none" || WORST.indexOf(tone) < WORST.indexOf(hour.tone)) hour.tone = tone;
  }
  return day;
}
