/** What can be done with schedules. */
import type { ActionContext, ActionOn, Kind } from "../../app/features";
import { perform } from "../../app/perform";
import { api, read } from "../../api/client";
import { confirm } from "../../ui/confirm";
import { type Definition, isOpen, type Schedule, type ScheduleReport, SCHEDULES } from "./queries";

type One = Pick<Schedule, "name" | "cron" | "after" | "enabled" | "source" | "changed" | "last_run">;

const ask = {
  start: (name: string) => read(api.POST("/api/v1/schedules/{name}/start", { params: { path: { name } } })),
  restart: (name: string) => read(api.POST("/api/v1/schedules/{name}/restart", { params: { path: { name } } })),
  stop: (name: string) => read(api.POST("/api/v1/schedules/{name}/stop", { params: { path: { name } } })),
  enable: (name: string) => read(api.POST("/api/v1/schedules/{name}/enable", { params: { path: { name } } })),
  disable: (name: string) => read(api.POST("/api/v1/schedules/{name}/disable", { params: { path: { name } } })),
};

/** It says when it runs; others can only be removed. */
export const isUnderstood = ({ cron, after }: Pick<Schedule, "cron" | "after">) => cron !== null || after.length > 0;

const isRunning = ({ last_run }: One) => last_run !== null && isOpen(last_run.status);
const isMadeHere = ({ source }: One) => source === "run time";

/** Several are asked about first, by their names. */
function each(verb: keyof typeof ask, work: (name: string, context: ActionContext) => Promise<string>, undo?: (name: string) => Promise<unknown>): ActionOn<One>["run"] {
  return async (schedules, context) => {
    const { t } = context;
    const names = schedules.map(({ name }) => name);
    if (names.length > 1 && !(await confirm({ title: t(`schedules.ask.${verb}`, { count: names.length }), body: names.join(", "), button: t(`schedules.${verb}`) }))) return false;
    return perform(context, SCHEDULES, async () => {
      const said = [];
      for (const name of names) said.push(await work(name, context));
      return { message: said.join(" "), undo: undo && (() => Promise.all(names.map(undo))) };
    });
  };
}

/** Both are DELETE: what was made here is gone, what the settings bring is as they bring it. */
function removing(kind: "remove" | "reset"): ActionOn<One>["run"] {
  return async (schedules, context) => {
    const { t, go } = context;
    const name = schedules.map((one) => one.name).join(", ");
    if (!(await confirm({ title: t(`schedules.${kind}Title`, { name }), body: t(`schedules.${kind}Body`), button: t(`schedules.${kind}`) }))) return false;
    return perform(context, SCHEDULES, async () => {
      const back: (() => Promise<unknown>)[] = [];
      for (const one of schedules) {
        const before = await show(one.name);
        await api.DELETE("/api/v1/schedules/{name}", { params: { path: { name: one.name } } });
        back.push(() => (kind === "remove" ? addAgain(before) : changeAgain(before)));
      }
      if (kind === "remove") go("/schedules");
      return { message: t(`schedules.${kind}Done`, { name }), undo: () => Promise.all(back.map((one) => one())) };
    });
  };
}

const show = (name: string) => read(api.GET("/api/v1/schedules/{name}", { params: { path: { name } } }));

/** Its history was kept, so that it goes on where it was. */
async function addAgain({ name, definition, enabled }: ScheduleReport): Promise<void> {
  await api.POST("/api/v1/schedules", { body: { ...set(definition), name, action: String(definition?.action) } });
  if (!enabled) await ask.disable(name);
}

/** What differed from what the settings bring differs again. */
async function changeAgain({ name, definition, enabled }: ScheduleReport): Promise<void> {
  const now = await show(name);
  const differ = Object.entries(set(definition)).filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(now.definition?.[key]));
  if (differ.length > 0) await api.PATCH("/api/v1/schedules/{name}", { params: { path: { name } }, body: Object.fromEntries(differ) });
  if (now.enabled !== enabled) await (enabled ? ask.enable(name) : ask.disable(name));
}

/** What a definition sets. */
function set(definition: ScheduleReport["definition"]): Definition {
  return Object.fromEntries(Object.entries(definition ?? {}).filter(([, value]) => value !== null && !(Array.isArray(value) && value.length === 0)));
}

export const schedule: Kind<One> = {
  name: "schedule",
  scope: "schedules:view",
  all: async () => (await read(api.GET("/api/v1/schedules", { params: { query: {} } }))).schedules,
  nameOf: ({ name }) => name,
  pathOf: ({ name }) => `/schedules/${encodeURIComponent(name)}`,
  actions: [
    {
      id: "schedules.start",
      label: "schedules.start",
      sentence: "schedules.do.start",
      scope: "schedules:operate",
      keywords: "run start",
      isMain: true,
      isPossible: isUnderstood,
      run: each("start", async (name, { t }) => t("schedules.started", { job: (await ask.start(name)).job_id })),
    },
    {
      id: "schedules.stop",
      label: "schedules.stop",
      sentence: "schedules.do.stop",
      scope: "schedules:operate",
      isSteady: true,
      isPossible: isRunning,
      run: each("stop", async (name, { t }) => t("schedules.stopped", { count: (await ask.stop(name)).cancelled.length })),
    },
    {
      id: "schedules.restart",
      label: "schedules.restart",
      sentence: "schedules.do.restart",
      scope: "schedules:operate",
      isSteady: true,
      isPossible: isRunning,
      run: each("restart", async (name, { t }) => t("schedules.started", { job: (await ask.restart(name)).job_id })),
    },
    {
      id: "schedules.enable",
      label: "schedules.enable",
      sentence: "schedules.do.enable",
      scope: "schedules:edit",
      isPossible: (one) => isUnderstood(one) && !one.enabled,
      run: each("enable", async (name, { t }) => t("schedules.enabledDone", { name: (await ask.enable(name)).name }), ask.disable),
    },
    {
      id: "schedules.disable",
      label: "schedules.disable",
      sentence: "schedules.do.disable",
      scope: "schedules:edit",
      isPossible: (one) => isUnderstood(one) && one.enabled,
      run: each("disable", async (name, { t }) => t("schedules.disabledDone", { name: (await ask.disable(name)).name }), ask.enable),
    },
    {
      id: "schedules.edit",
      label: "schedules.edit",
      sentence: "schedules.do.edit",
      scope: "schedules:edit",
      isPossible: isUnderstood,
      run: async ([one], { go }) => {
        if (one) go(`/schedules/${encodeURIComponent(one.name)}?open=edit`);
        return one !== undefined;
      },
    },
    {
      id: "schedules.remove",
      label: "schedules.remove",
      sentence: "schedules.do.remove",
      scope: "schedules:edit",
      isPossible: isMadeHere,
      run: removing("remove"),
    },
    {
      id: "schedules.reset",
      label: "schedules.reset",
      sentence: "schedules.do.reset",
      scope: "schedules:edit",
      isPossible: (one) => one.changed && !isMadeHere(one),
      run: removing("reset"),
    },
  ],
};

export const kinds = [schedule];
