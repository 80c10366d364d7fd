import type { Tone } from "../../ui/state";
import type { Happening } from "./queries";
import { type MeshStatus, STATE_TONES } from "./tones";

export interface Piece {
  /** Epoch milliseconds of its begin and end. */
  from: number;
  to: number;
  /** The worst that it was; none: nothing is known. */
  tone: Tone | "none";
  /** The newest event in it that says why. */
  seq: number | undefined;
}

/** A mesh that was stopped was away for longer than one that was on its way. */
const WORST: (Tone | "none")[] = ["bad", "warn", "shut", "idle", "busy", "ok", "none"];

function worse(one: Tone | "none", other: Tone | "none"): Tone | "none" {
  return WORST.indexOf(one) <= WORST.indexOf(other) ? one : other;
}

function toneOfState(state: unknown): Tone | "none" {
  return STATE_TONES[state as MeshStatus["state"]] ?? "none";
}

/** Equal pieces of time up to now, each with the worst state of a mesh in it, from its events (oldest first). */
export function pieces(events: readonly Happening[], now: number, length: number, count: number): Piece[] {
  const states = events.filter((event) => event.kind.startsWith("mesh.")).map((event) => ({ ...event, time: Date.parse(event.at) }));
  let at = 0;
  const before = toneOfState(states[0]?.data.before);
  // A mesh that was on its way before the first event was not for long: nothing is known of that time.
  let tone: Tone | "none" = before === "busy" ? "none" : before;
  /** Whether it was connected since it was stopped or blocked: on its way before that, nobody has missed it. */
  let wasUp = tone === "ok";
  const start = now - length * count;
  return Array.from({ length: count }, (_, index) => {
    const from = start + index * length;
    const to = from + length;
    let worst: Tone | "none" = tone === "busy" && !wasUp ? "none" : tone;
    let seq: number | undefined;
    for (let event = states[at]; event && event.time < to; event = states[++at]) {
      tone = toneOfState(event.kind.slice("mesh.".length));
      if (tone === "ok") wasUp = true;
      if (tone === "idle" || tone === "shut") wasUp = false;
      if (tone === "busy" && !wasUp) continue;
      if (event.time < from) {
        worst = tone;
        continue;
      }
      if (worst === "none" || worse(tone, worst) === tone) seq = event.seq;
      worst = worse(tone, worst);
    }
    if (worst === "none" && tone === "busy") worst = "busy";
    return { from, to, tone: worst, seq };
  });
}
