/** What can be done with admins, and with the commands of the bot. */
import type { ActionOn, Kind } from "../../app/features";
import { perform } from "../../app/perform";
import { api, read } from "../../api/client";
import { confirm } from "../../ui/confirm";
import { type Rule, rulesOf } from "./commands";
import { ACCESS, type Admin, permissionsQuery } from "./queries";

type Some = Pick<Admin, "user_id" | "realm" | "is_active">;

const add = ({ user_id, realm }: Some) => read(api.POST("/api/v1/access/admins", { body: { user_id, realm } }));
const remove = ({ user_id, realm }: Some) => api.DELETE("/api/v1/access/admins/{user_id}", { params: { path: { user_id }, query: { realm } } });
const idsOf = (admins: Some[]) => admins.map((one) => one.user_id).join(", ");

export const admin: Kind<Some> = {
  name: "admin",
  scope: "access:view",
  all: async () => (await read(api.GET("/api/v1/access/admins", { params: { query: {} } }))).admins,
  nameOf: ({ user_id }) => user_id,
  actions: [
    {
      id: "people.remove",
      label: "people.removeButton",
      sentence: "people.do.remove",
      scope: "access:edit",
      isPossible: ({ is_active }) => is_active,
      async run(admins, context) {
        const { t } = context;
        const name = idsOf(admins);
        const realms = [...new Set(admins.map(({ realm }) => realm || t("people.platform")))].join(", ");
        if (!(await confirm({ title: `${t("people.do.remove", { name })}?`, body: t("people.removeBody", { realm: realms }), button: t("people.removeButton") }))) return false;
        return perform(context, ACCESS, async () => {
          await Promise.all(admins.map(remove));
          return { message: t("people.removed", { user: name }), undo: () => Promise.all(admins.map(add)) };
        });
      },
    },
    {
      id: "people.again",
      label: "people.again",
      sentence: "people.do.again",
      scope: "access:edit",
      isPossible: ({ is_active }) => !is_active,
      run: (admins, context) =>
        perform(context, ACCESS, async () => {
          await Promise.all(admins.map(add));
          return { message: context.t("people.added", { user: idsOf(admins) }), undo: () => Promise.all(admins.map(remove)) };
        }),
    },
  ],
};

type Level = "user" | "admin";

const decide = ({ command, realm }: Rule, level: Level) => api.PUT("/api/v1/access/permissions/{command}", { params: { path: { command } }, body: { level, realm, force: false } });
const leave = ({ command, realm }: Rule) => api.DELETE("/api/v1/access/permissions/{command}", { params: { path: { command }, query: { realm } } });

/** As it was before: what somebody had decided, or the command's default. */
const asBefore = (rule: Rule) => (rule.decided ? decide(rule, rule.level as Level) : leave(rule));

function letting(level: Level): ActionOn<Rule> {
  return {
    id: `people.let.${level}`,
    label: `people.levels.${level}`,
    sentence: `people.do.let.${level}`,
    scope: "access:edit",
    isPossible: (rule) => rule.level !== level || rule.decided?.broken === true,
    run: (rules, context) =>
      perform(context, ACCESS, async () => {
        await Promise.all(rules.map((rule) => decide(rule, level)));
        const command = rules.map((rule) => rule.command).join(", ");
        return { message: context.t("people.levelSet", { command, level: context.t(`people.levels.${level}`) }), undo: () => Promise.all(rules.map(asBefore)) };
      }),
  };
}

export const rule: Kind<Rule> = {
  name: "rule",
  scope: "access:view",
  all: async (queries) => rulesOf(await queries.ensureQueryData(permissionsQuery)),
  nameOf: ({ command, realm }) => (realm ? `${command} (${realm})` : command),
  actions: [
    letting("user"),
    letting("admin"),
    {
      id: "people.toDefault",
      label: "people.toDefault",
      sentence: "people.do.toDefault",
      scope: "access:edit",
      isPossible: ({ decided }) => decided !== undefined,
      run: (rules, context) =>
        perform(context, ACCESS, async () => {
          await Promise.all(rules.map(leave));
          return { message: context.t("people.levelUnset", { command: rules.map((one) => one.command).join(", ") }), undo: () => Promise.all(rules.map(asBefore)) };
        }),
    },
  ],
};

export const kinds = [admin, rule];
