/** What can be done with notifications and channels. */
import type { ActionContext, Kind } from "../../app/features";
import { perform } from "../../app/perform";
import { api, read } from "../../api/client";
import { confirm } from "../../ui/confirm";
import { type Channel, channelsQuery, NOTIFICATIONS, type Preference, preferencesQuery, type Report, type Severity } from "./queries";

async function again(body: { number: number | null; channel: string | null }, { t }: ActionContext): Promise<string> {
  const { notifications } = await read(api.POST("/api/v1/notifications/retry", { body }));
  return t("notifications.retried", { count: notifications.length });
}

const givenUp = (channel: Channel) => channel.counts.failed ?? 0;

export const channel: Kind<Channel> = {
  name: "channel",
  scope: "notifications:view",
  all: async (queries) => (await queries.ensureQueryData(channelsQuery)).channels,
  nameOf: ({ name }) => name,
  actions: [
    {
      id: "notifications.test",
      label: "notifications.test",
      sentence: "notifications.do.test",
      scope: "notifications:operate",
      isPossible: ({ enabled }) => enabled,
      // Leads to the message, where is seen what becomes of it.
      run: (channels, context) =>
        perform(context, NOTIFICATIONS, async () => {
          for (const { name } of channels) {
            const sent = await read(api.POST("/api/v1/notifications/channels/{channel}/test", { params: { path: { channel: name } } }));
            context.go(`/notifications/${sent.id}`);
          }
        }),
    },
    {
      id: "notifications.retryThere",
      label: "notifications.retry",
      sentence: "notifications.do.retryThere",
      scope: "notifications:operate",
      isPossible: (one) => givenUp(one) > 0,
      async run(channels, context) {
        const { t } = context;
        const count = channels.reduce((sum, one) => sum + givenUp(one), 0);
        const names = channels.map((one) => one.name);
        const question = { title: t("notifications.retryAll", { count }), body: t("notifications.retryThereBody", { count, channel: names.join(", ") }), button: t("notifications.retry") };
        if (!(await confirm(question))) return false;
        return perform(context, NOTIFICATIONS, async () => (await Promise.all(names.map((name) => again({ number: null, channel: name }, context)))).join(" "));
      },
    },
  ],
};

export const notification: Kind<Pick<Report, "id" | "title" | "deliveries">> = {
  name: "notification",
  scope: "notifications:view",
  nameOf: ({ title }) => title,
  pathOf: ({ id }) => `/notifications/${id}`,
  actions: [
    {
      id: "notifications.retry",
      label: "notifications.retry",
      sentence: "notifications.do.retry",
      scope: "notifications:operate",
      isMain: true,
      isPossible: ({ deliveries }) => deliveries.some((one) => one.state === "failed"),
      run: (notifications, context) => perform(context, NOTIFICATIONS, async () => (await Promise.all(notifications.map(({ id }) => again({ number: id, channel: null }, context)))).join(" ")),
    },
  ],
};

const changes = ({ channels, severity, quiet_hours, timezone }: Preference) => ({ channels, severity: severity as Severity, quiet_hours: quiet_hours ?? "", timezone: timezone ?? "" });

export const preference: Kind<Preference> = {
  name: "preference",
  scope: "notifications:view",
  all: async (queries) => (await queries.ensureQueryData(preferencesQuery)).preferences,
  nameOf: ({ user_id }) => user_id,
  actions: [
    {
      id: "notifications.editPreferences",
      label: "schedules.edit",
      sentence: "notifications.do.preferences",
      scope: "notifications:edit",
      isPossible: () => true,
      run: async ([one], { go }) => {
        if (one) go(`/notifications?open=preferences&user=${encodeURIComponent(JSON.stringify(one.user_id))}`);
        return one !== undefined;
      },
    },
    {
      id: "notifications.forgetPreferences",
      label: "notifications.preferences.forget",
      sentence: "notifications.do.forgetPreferences",
      scope: "notifications:edit",
      isPossible: ({ source, changed }) => source === "run time" || changed,
      run: (preferences, context) =>
        perform(context, NOTIFICATIONS, async () => {
          const of = (user_id: string) => ({ params: { path: { user_id } } });
          await Promise.all(preferences.map(({ user_id }) => api.DELETE("/api/v1/notifications/preferences/{user_id}", of(user_id))));
          const names = preferences.map((one) => one.user_id).join(", ");
          const back = (one: Preference) => api.PATCH("/api/v1/notifications/preferences/{user_id}", { ...of(one.user_id), body: changes(one) });
          return { message: context.t("notifications.preferences.forgotten", { user: names }), undo: () => Promise.all(preferences.map(back)) };
        }),
    },
  ],
};

export const kinds = [channel, notification, preference];
