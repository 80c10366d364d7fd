/** What can be done with background commands. */
import type { Kind } from "../../app/features";
import { perform } from "../../app/perform";
import { api, read } from "../../api/client";
import { confirm } from "../../ui/confirm";
import { BACKGROUND, type Command, listQuery } from "./queries";

/** Seconds that a command has to end by itself. */
const KILL_AFTER = 30;

export const command: Kind<Pick<Command, "name" | "status" | "left">> = {
  name: "command",
  scope: "background:view",
  all: async (queries) => (await queries.ensureQueryData(listQuery)).commands,
  nameOf: ({ name }) => name,
  pathOf: ({ name }) => `/background/${encodeURIComponent(name)}`,
  actions: [
    {
      id: "background.cancel",
      label: "background.cancel",
      sentence: "background.do.cancel",
      scope: "background:operate",
      isPossible: ({ status, left }) => status === "running" || left.length > 0,
      async run(commands, context) {
        const { t, go } = context;
        const names = commands.map((one) => one.name).join(", ");
        if (!(await confirm({ title: t("background.cancelTitle", { name: names }), body: t("background.cancelBody"), button: t("background.cancel") }))) return false;
        return perform(context, BACKGROUND, async () => {
          const said = [];
          for (const { name } of commands) {
            const done = await read(api.POST("/api/v1/background/{name}/cancel", { params: { path: { name } }, body: { kill_after: KILL_AFTER } }));
            said.push(t(done.killed ? "background.killed" : "background.ended", { name }));
          }
          go("/background");
          return said.join(" ");
        });
      },
    },
  ],
};

export const kinds = [command];
