/** What can be done with users and groups. */
import type { ActionContext, Kind } from "../../app/features";
import { perform } from "../../app/perform";
import { api, read } from "../../api/client";
import { confirm } from "../../ui/confirm";
import { askGroups } from "./askGroups";
import { type Group, groupsQuery, ofUser, type User, USERS } from "./queries";

type One = Pick<User, "user_id" | "name" | "groups" | "registered_at">;

const of = ({ user_id }: Pick<User, "user_id">) => ({ params: ofUser(user_id) });
const MOST_NAMED = 8;

/** What people call somebody. */
export const nameOf = ({ name, user_id }: Pick<User, "name" | "user_id">) => (name && name !== user_id ? `${name} (${user_id})` : user_id);

function named(users: readonly One[], { t }: ActionContext): string {
  const more = users.length - MOST_NAMED;
  return users.slice(0, MOST_NAMED).map(nameOf).join(", ") + (more > 0 ? ` ${t("alerts.andMore", { count: more })}` : "");
}

const setGroups = (user: One, groups: readonly string[]) => api.PATCH("/api/v1/station/users/{user_id}/groups", { ...of(user), body: { set: [...groups], add: [], remove: [] } });

export const user: Kind<One> = {
  name: "user",
  scope: "station:view",
  all: async () => (await read(api.GET("/api/v1/station/users", { params: { query: { limit: 500 } } }))).users,
  nameOf,
  pathOf: ({ user_id }) => `/users/${encodeURIComponent(user_id)}`,
  actions: [
    {
      id: "users.groups",
      label: "users.changeGroups",
      sentence: "users.do.groups",
      scope: "station:edit",
      isMain: true,
      isPossible: () => true,
      async run(users, context) {
        const { t, queries } = context;
        const all = (await queries.fetchQuery(groupsQuery)).map(({ name }) => name);
        const change = await askGroups({ title: t("users.groupsTitle", { count: users.length, name: users[0] && nameOf(users[0]) }), body: users.length > 1 ? named(users, context) : "", all, of: users.map((one) => one.groups) });
        if (change === undefined) return false;
        return perform(context, USERS, async () => {
          for (const one of users) await api.PATCH("/api/v1/station/users/{user_id}/groups", { ...of(one), body: { ...change, set: null } });
          return { message: t("users.groupsDone", { count: users.length, names: named(users, context) }), undo: () => Promise.all(users.map((one) => setGroups(one, one.groups))) };
        });
      },
    },
    {
      id: "users.register",
      label: "users.register",
      sentence: "users.do.register",
      scope: "station:edit",
      isPossible: ({ registered_at }) => registered_at === null,
      run: (users, context) =>
        perform(context, USERS, async () => {
          for (const one of users) await api.PUT("/api/v1/station/users/{user_id}", { ...of(one), body: { groups: [] } });
          return context.t("users.registeredDone", { count: users.length, names: named(users, context) });
        }),
    },
    {
      id: "users.forget",
      label: "users.forget",
      sentence: "users.do.forget",
      scope: "station:edit",
      keywords: "delete remove",
      isPossible: () => true,
      async run(users, context) {
        const { t, go } = context;
        const count = users.length;
        const names = named(users, context);
        if (!(await confirm({ title: t("users.forgetTitle", { count }), body: t("users.forgetBody", { count, names }), button: t("users.forget") }))) return false;
        return perform(context, USERS, async () => {
          for (const one of users) await api.DELETE("/api/v1/station/users/{user_id}", of(one));
          if (location.pathname !== "/users") go("/users");
          return t("users.forgotten", { count, names });
        });
      },
    },
  ],
};

type OneGroup = Pick<Group, "name" | "description" | "members">;

export const group: Kind<OneGroup> = {
  name: "group",
  scope: "station:view",
  all: (queries) => queries.fetchQuery(groupsQuery),
  nameOf: ({ name }) => name,
  pathOf: ({ name }) => `/users?group=${encodeURIComponent(JSON.stringify(name))}`,
  actions: [
    {
      id: "groups.edit",
      label: "groups.edit",
      sentence: "groups.do.edit",
      scope: "station:edit",
      isPossible: () => true,
      run: async ([one], { go }) => {
        if (one) go(`/users?open=group&edited=${encodeURIComponent(JSON.stringify(one.name))}`);
        return one !== undefined;
      },
    },
    {
      id: "groups.remove",
      label: "groups.remove",
      sentence: "groups.do.remove",
      scope: "station:edit",
      isPossible: () => true,
      async run(groups, context) {
        const { t } = context;
        const names = groups.map(({ name }) => name).join(", ");
        const members = groups.reduce((sum, one) => sum + one.members, 0);
        if (!(await confirm({ title: t("groups.removeTitle", { count: groups.length, names }), body: t("groups.removeBody", { count: members }), button: t("groups.remove") }))) return false;
        return perform(context, USERS, async () => {
          for (const { name } of groups) await api.DELETE("/api/v1/station/groups/{name}", { params: { path: { name } } });
          return t("groups.removed", { names });
        });
      },
    },
  ],
};

export const kinds = [user, group];
