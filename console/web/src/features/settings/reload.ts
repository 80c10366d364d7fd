import type { Action } from "../../app/features";
import { perform } from "../../app/perform";
import { api, read } from "../../api/client";
import { confirm } from "../../ui/confirm";
import { settingsQuery } from "./queries";

/** Have the files read again; what changed holds at once. */
export const reload: Action["run"] = async (context) => {
  const { t } = context;
  if (!(await confirm({ title: t("settings.reload"), body: t("settings.reloadBody"), button: t("settings.reload") }))) return;
  await perform(context, settingsQuery.queryKey, async () => {
    const { changed } = await read(api.POST("/api/v1/settings/reload"));
    return changed?.length ? t("settings.reloaded", { names: changed.join(", ") }) : t("settings.reloadedNothing");
  });
};
