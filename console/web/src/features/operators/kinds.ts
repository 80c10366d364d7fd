/** What can be done with operators, tokens, passkeys and sessions. */
import type { ActionOn, Kind } from "../../app/features";
import { perform } from "../../app/perform";
import { api, read } from "../../api/client";
import type { components } from "../../api/schema";
import { confirm } from "../../ui/confirm";
import { showOnce } from "./Once";
import { LINK_LASTS, linkTo, myPasskeysQuery, mySessionsQuery, operatorsQuery, ROLES, tokensQuery } from "./queries";

export type Operator = components["schemas"]["Operator"];
export type Token = components["schemas"]["Token"];
export type Passkey = components["schemas"]["Passkey"];
export type Session = components["schemas"]["Session"];
type Role = (typeof ROLES)[number];

const listed = (things: { name: string }[]) => things.map((one) => one.name).join(", ");
const setRole = (name: string, role: string) => api.PATCH("/api/v1/operators/{name}", { params: { path: { name } }, body: { role } });

function making(role: Role): ActionOn<Operator> {
  return {
    id: `operators.role.${role}`,
    label: `operators.roles.${role}`,
    sentence: `operators.do.role.${role}`,
    scope: "operators:admin",
    isPossible: (operator) => operator.role !== role,
    run: (operators, context) =>
      perform(context, operatorsQuery.queryKey, async () => {
        const { t } = context;
        await Promise.all(operators.map(({ name }) => setRole(name, role)));
        return { message: t("operators.roleSet", { name: listed(operators), role: t(`operators.roles.${role}`) }), undo: () => Promise.all(operators.map((one) => setRole(one.name, one.role))) };
      }),
  };
}

export const operator: Kind<Operator> = {
  name: "operator",
  scope: "operators:view",
  all: async (queries) => (await queries.ensureQueryData(operatorsQuery)).operators,
  nameOf: ({ name }) => name,
  actions: [
    ...ROLES.map(making),
    {
      id: "operators.reset",
      label: "operators.reset",
      sentence: "operators.do.reset",
      scope: "operators:admin",
      keywords: "password link",
      isPossible: () => true,
      run: ([one], context) =>
        perform(context, operatorsQuery.queryKey, async () => {
          const { t } = context;
          const made = await read(api.POST("/api/v1/operators/links", { body: { operator: one!.name, role: null, lasts: LINK_LASTS } }));
          showOnce({ title: t("operators.do.reset", { name: one!.name }), words: t("operators.resetMade", { name: one!.name }), secret: linkTo(made.secret) });
        }),
    },
    {
      id: "operators.endSessions",
      label: "operators.endSessions",
      sentence: "operators.do.endSessions",
      scope: "operators:admin",
      isPossible: ({ sessions }) => sessions > 0,
      run: (operators, context) =>
        perform(context, operatorsQuery.queryKey, async () => {
          await Promise.all(operators.map(({ name }) => api.DELETE("/api/v1/operators/{name}/sessions", { params: { path: { name } } })));
          return context.t("operators.ended", { name: listed(operators) });
        }),
    },
    {
      id: "operators.remove",
      label: "operators.removeButton",
      sentence: "operators.do.remove",
      scope: "operators:admin",
      isPossible: () => true,
      async run(operators, context) {
        const { t } = context;
        const name = listed(operators);
        if (!(await confirm({ title: `${t("operators.do.remove", { name })}?`, body: t("operators.removeBody", { name }), button: t("operators.removeButton") }))) return false;
        return perform(context, operatorsQuery.queryKey, async () => {
          await Promise.all(operators.map((one) => api.DELETE("/api/v1/operators/{name}", { params: { path: { name: one.name } } })));
          return t("operators.removed", { name });
        });
      },
    },
  ],
};

export const token: Kind<Token> = {
  name: "token",
  scope: "tokens:view",
  all: async (queries) => (await queries.ensureQueryData(tokensQuery)).tokens,
  nameOf: ({ name }) => name,
  actions: [
    {
      id: "operators.revoke",
      label: "operators.revokeButton",
      sentence: "operators.do.revoke",
      scope: "tokens:edit",
      isPossible: () => true,
      async run(tokens, context) {
        const { t } = context;
        const name = listed(tokens);
        if (!(await confirm({ title: `${t("operators.do.revoke", { name })}?`, body: t("operators.revokeBody"), button: t("operators.revokeButton") }))) return false;
        return perform(context, tokensQuery.queryKey, async () => {
          await Promise.all(tokens.map((one) => api.DELETE("/api/v1/tokens/{name}", { params: { path: { name: one.name } } })));
          return t("operators.revoked", { name });
        });
      },
    },
  ],
};

export const passkey: Kind<Passkey> = {
  name: "passkey",
  all: async (queries) => (await queries.ensureQueryData(myPasskeysQuery)).passkeys,
  nameOf: ({ name }) => name,
  actions: [
    {
      id: "operators.passkeyRemove",
      label: "operators.removeButton",
      sentence: "operators.do.passkeyRemove",
          isPossible: () => true,
      async run(passkeys, context) {
        const { t } = context;
        const name = listed(passkeys);
        if (!(await confirm({ title: `${t("operators.do.passkeyRemove", { name })}?`, body: t("operators.passkeyRemoveBody"), button: t("operators.removeButton") }))) return false;
        return perform(context, myPasskeysQuery.queryKey, async () => {
          await Promise.all(passkeys.map(({ id }) => api.DELETE("/api/v1/passkeys/{number}", { params: { path: { number: id } } })));
          return t("operators.passkeyRemoved", { name });
        });
      },
    },
  ],
};

/** Browsers have no names that people would type: the palette does not find them. */
export const session: Kind<Session> = {
  name: "session",
  nameOf: ({ agent, address }) => agent || address,
  actions: [
    {
      id: "operators.end",
      label: "operators.end",
      sentence: "operators.do.end",
          isPossible: () => true,
      run: (sessions, context) =>
        perform(context, mySessionsQuery.queryKey, async () => {
          await Promise.all(sessions.map(({ id }) => api.DELETE("/api/v1/operators/me/sessions/{session}", { params: { path: { session: id } } })));
          return context.t("operators.sessionEnded");
        }),
    },
  ],
};

export const kinds = [operator, token, passkey, session];
