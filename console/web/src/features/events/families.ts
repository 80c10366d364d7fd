import type { Tone } from "../../ui/state";

/** What kinds of events belong together for those who read them; `audit` is by the names of actions. */
export const FAMILIES = {
  meshes: ["mesh", "block"],
  jobs: ["job", "hold"],
  schedules: ["schedule"],
  rooms: ["message", "user", "delivery"],
  station: ["alert", "zone", "group"],
  workflows: ["workflow"],
  access: ["admin", "permission", "credentials", "session", "directory"],
  console: ["operator", "token"],
  upkeep: ["health", "notification", "report", "cleanup", "events"],
} as const;

export type Family = keyof typeof FAMILIES;

export const FAMILY_NAMES = Object.keys(FAMILIES) as Family[];

/** The prefixes that some families stand for; of no family: none, which means all. */
export function prefixes(families: readonly Family[]): string[] {
  return families.flatMap((family) => FAMILIES[family] ?? []);
}

/** First words of actions in the audit log where events have another. */
const AUDITED_AS: Record<string, string> = { perm: "permission", relogin: "session", refresh: "directory", blocklist: "block" };

/** Whether a kind of event, or an action of the audit log, is of one of the families; of none: always. */
export function belongs(name: string, families: readonly Family[]): boolean {
  const wanted = prefixes(families);
  if (wanted.length === 0) return true;
  const first = name.split(/[._ ]/, 1)[0] ?? "";
  return [first, first.replace(/s$/, ""), AUDITED_AS[first] ?? first].some((word) => wanted.includes(word));
}

const TONES: Record<string, Tone> = {
  failed: "bad",
  salvaged: "bad",
  unhealthy: "warn",
  disconnected: "warn",
  interrupted: "warn",
  stuck: "warn",
  missed: "warn",
  refused: "warn",
  alert_raised: "warn",
  blocked: "shut",
  completed: "ok",
  connected: "ok",
  recovered: "ok",
  unstuck: "ok",
  alert_cleared: "ok",
  sent: "ok",
  started: "busy",
  spawning: "busy",
  restarting: "busy",
  resumed: "busy",
};

/** How an event of a kind is meant: by its last word. */
export function toneOf(kind: string): Tone {
  if (kind === "block.set") return "shut";
  return TONES[kind.slice(kind.indexOf(".") + 1)] ?? "idle";
}
