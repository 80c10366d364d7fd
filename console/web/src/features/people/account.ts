/** What can be done with the account of the bot. */
import type { Action } from "../../app/features";
import { perform } from "../../app/perform";
import { api, read } from "../../api/client";
import { confirm } from "../../ui/confirm";
import { ACCESS } from "./queries";

/** Every bot leaves its room for it, so it is asked first. */
export const relogin: Action["run"] = async (context) => {
  const { t } = context;
  if (!(await confirm({ title: t("people.relogin"), body: t("people.reloginBody"), button: t("people.relogin") }))) return;
  await perform(context, ACCESS, async () => t("people.reloggedIn", { count: (await read(api.POST("/api/v1/access/relogin"))).workers }));
};

export const refresh: Action["run"] = (context) =>
  perform(context, ACCESS, async () => {
    const report = await read(api.POST("/api/v1/access/refresh"));
    return report.problems?.[0] ?? context.t("people.refreshed", { count: report.changed.length });
  });
