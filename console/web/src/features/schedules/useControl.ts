import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api, read } from "../../api/client";
import { confirm, failed, said } from "../../ui/confirm";
import { type ScheduleReport, SCHEDULES } from "./queries";

/** What can be done with a schedule: every outcome is said, what cannot be taken back is asked first. */
export function useControl({ name, source }: ScheduleReport) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const params = { path: { name } };

  async function change(work: () => Promise<string>): Promise<void> {
    try {
      said(await work());
    } catch (error) {
      failed(error);
    }
    await queries.invalidateQueries({ queryKey: SCHEDULES });
  }

  async function remove(): Promise<void> {
    const kind = source === "run time" ? "remove" : "reset";
    const isSure = await confirm({ title: t(`schedules.${kind}Title`, { name }), body: t(`schedules.${kind}Body`), button: t(`schedules.${kind}`) });
    if (!isSure) return;
    try {
      await api.DELETE("/api/v1/schedules/{name}", { params });
      said(t(`schedules.${kind}Done`, { name }));
      if (kind === "remove") await navigate({ to: "/schedules" });
    } catch (error) {
      failed(error);
    }
    await queries.invalidateQueries({ queryKey: SCHEDULES });
  }

  return {
    start: () => change(async () => t("schedules.started", { job: (await read(api.POST("/api/v1/schedules/{name}/start", { params }))).job_id })),
    restart: () => change(async () => t("schedules.started", { job: (await read(api.POST("/api/v1/schedules/{name}/restart", { params }))).job_id })),
    stop: () => change(async () => t("schedules.stopped", { count: (await read(api.POST("/api/v1/schedules/{name}/stop", { params }))).cancelled.length })),
    enable: () => change(async () => t("schedules.enabledDone", { name: (await read(api.POST("/api/v1/schedules/{name}/enable", { params }))).name })),
    disable: () => change(async () => t("schedules.disabledDone", { name: (await read(api.POST("/api/v1/schedules/{name}/disable", { params }))).name })),
    remove,
  };
}
