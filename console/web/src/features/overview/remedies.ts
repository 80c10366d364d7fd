/**
 * What helps against what the supervisor says is wrong: a button that does it where something can be done from here,
 * else one that leads to where it can be, or to the log that says why.
 */
import type { ActionContext } from "../../app/features";
import type { Concern } from "./queries";

export interface Remedy {
  /** Key of the words on its button. */
  label: string;
  scope: string;
  run(context: ActionContext): unknown;
}

export function remedyOf({ code, fields = {} }: Concern): Remedy {
  const [area] = code.split(".");
  if (code === "supervisor.wrong_settings" || code.startsWith("supervisor.plugin_")) return readAgain;
  if (code === "jobs.held" || code === "jobs.held_until") return release(String(fields.option));
  if (code === "jobs.get_nowhere") return stuck(String(fields.jobs));
  if (code === "notifications.channel_fails") return test(String(fields.name));
  if (code.startsWith("fleet.reconnects")) return see(`/fleet/${encodeURIComponent(String(fields.mesh_id))}`, "fleet:view", "overview.remedy.why");
  if (code === "fleet.more_reconnect") return see("/fleet", "fleet:view");
  if (code === "schedules.cannot_run") return see(`/schedules/${encodeURIComponent(String(fields.name))}`, "schedules:view");
  if (code === "schedules.many_cannot_run") return see("/schedules", "schedules:view");
  if (code === "blocklist.unreadable_entry") return see("/fleet", "blocklist:view");
  if (code === "health.alert") return see("/events", "events:view");
  const ofProcess = { console: "console", workflows: "workflows", playground: "playground" }[area!];
  return see(ofProcess ? `/logs?of=${ofProcess}` : "/logs", "logs:view", "overview.remedy.log");
}

function see(path: string, scope: string, label = "overview.remedy.see"): Remedy {
  return { label, scope, run: ({ go }) => go(path) };
}

/** What can be done is loaded when it is done: the first page needs none of it. */
const readAgain: Remedy = {
  label: "overview.remedy.readAgain",
  scope: "settings:edit",
  run: async (context) => (await import("../settings/reload")).reload(context),
};

/** A hold is named as the option of the command line that ends it. */
function release(option: string): Remedy {
  const [flag, ...name] = option.split(" ");
  const scope = ({ "--lane": "lane", "--rate-key": "rate_key" } as const)[flag!] ?? "all";
  return { label: "jobs.release", scope: "jobs:operate", run: async (context) => (await import("../jobs/kinds")).release(scope, name.join(" "), context) };
}

/** Of one job its page says why; of several the list is there. */
function stuck(jobs: string): Remedy {
  const numbers = [...jobs.matchAll(/(\d+) \(/g)].map(([, number]) => number);
  return see(numbers.length === 1 ? `/jobs/${numbers[0]}` : "/jobs?status=%5B%22active%22%5D", "jobs:view", "overview.remedy.why");
}

function test(name: string): Remedy {
  return {
    label: "notifications.test",
    scope: "notifications:operate",
    async run(context) {
      const { channel } = await import("../notifications/kinds");
      const found = (await channel.all!(context.queries)).find((one) => one.name === name);
      if (found) await channel.actions.find(({ id }) => id === "notifications.test")!.run([found], context);
    },
  };
}
