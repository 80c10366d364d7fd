/** What can be done with alerts. */
import type { ActionContext, Kind } from "../../app/features";
import { perform } from "../../app/perform";
import { api, read } from "../../api/client";
import { confirm } from "../../ui/confirm";
import { askNote } from "./askNote";
import { type Alert, ALERTS } from "./queries";

type One = Pick<Alert, "id" | "title" | "state">;

const of = ({ id }: One) => ({ params: { path: { number: id } } });
const acknowledge = (alert: One, note: string) => read(api.POST("/api/v1/station/alerts/{number}/acknowledge", { ...of(alert), body: { note } }));
const resolve = (alert: One, note: string) => read(api.POST("/api/v1/station/alerts/{number}/resolve", { ...of(alert), body: { note } }));

const MOST_NAMED = 5;

/** Which ones, in words: of many the first ones. */
function named(alerts: readonly One[], { t }: ActionContext): string {
  const names = alerts.slice(0, MOST_NAMED).map(({ id, title }) => `#${id} ${title}`);
  const more = alerts.length - names.length;
  return names.join("; ") + (more > 0 ? ` ${t("alerts.andMore", { count: more })}` : "");
}

export const alert: Kind<One> = {
  name: "alert",
  scope: "station:view",
  all: async () => (await read(api.GET("/api/v1/station/alerts", { params: { query: { state: "unresolved", limit: 100 } } }))).alerts,
  numbered: (number) => read(api.GET("/api/v1/station/alerts/{number}", { params: { path: { number } } })),
  nameOf: ({ id, title }) => `#${id} ${title}`,
  pathOf: ({ id }) => `/alerts/${id}`,
  actions: [
    {
      id: "alerts.acknowledge",
      label: "alerts.acknowledge",
      sentence: "alerts.do.acknowledge",
      scope: "station:operate",
      keywords: "ack take care",
      isMain: true,
      isPossible: ({ state }) => state === "open",
      async run(alerts, context) {
        const { t } = context;
        const count = alerts.length;
        const question = { title: t("alerts.acknowledgeTitle", { count }), body: named(alerts, context), button: t("alerts.acknowledge") };
        if (count > 1 && !(await confirm(question))) return false;
        return perform(context, ALERTS, async () => {
          for (const one of alerts) await acknowledge(one, "");
          return t("alerts.acknowledgedDone", { count, number: alerts[0]?.id });
        });
      },
    },
    {
      id: "alerts.resolve",
      label: "alerts.resolve",
      sentence: "alerts.do.resolve",
      scope: "station:operate",
      keywords: "close over",
      isPossible: ({ state }) => state !== "resolved",
      // It is final, so it asks; and what was the matter is best known now.
      async run(alerts, context) {
        const { t } = context;
        const count = alerts.length;
        const note = await askNote({ title: t("alerts.resolveTitle", { count }), body: named(alerts, context), label: t("alerts.resolveNote"), button: t("alerts.resolve") });
        if (note === undefined) return false;
        return perform(context, ALERTS, async () => {
          for (const one of alerts) await resolve(one, note);
          return t("alerts.resolvedDone", { count, number: alerts[0]?.id });
        });
      },
    },
    {
      id: "alerts.note",
      label: "alerts.note",
      sentence: "alerts.do.note",
      scope: "station:operate",
      keywords: "comment write",
      isPossible: () => true,
      async run(alerts, context) {
        const { t } = context;
        const note = await askNote({ title: t("alerts.noteTitle", { count: alerts.length }), body: named(alerts, context), label: t("alerts.noteLabel"), button: t("alerts.note"), isNeeded: true });
        if (note === undefined) return false;
        return perform(context, ALERTS, async () => {
          for (const one of alerts) await api.POST("/api/v1/station/alerts/{number}/notes", { ...of(one), body: { text: note } });
          return t("alerts.noted", { count: alerts.length });
        });
      },
    },
  ],
};

export const kinds = [alert];
