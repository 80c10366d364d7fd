import { Button } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { useSession } from "../../session/session";
import { Ago } from "../../ui/Ago";
import { failed, said } from "../../ui/confirm";
import classes from "./Jobs.module.css";
import { JOBS, recoveryQuery } from "./queries";

/** The question after a crash: what becomes of the jobs that it has interrupted? */
export function Recovery() {
  const { t } = useTranslation();
  const { may } = useSession();
  const queries = useQueryClient();
  const recovery = useQuery(recoveryQuery);
  const interrupted = recovery.data?.interrupted ?? [];
  if (interrupted.length === 0) return null;
  const next = interrupted.flatMap((job) => job.resume_after ?? []).sort()[0];

  async function decide(decision: "resume" | "cancel") {
    try {
      await api.POST("/api/v1/jobs/recover", { body: { decision } });
      said(t(`jobs.recovery.${decision}d`, { count: interrupted.length }));
    } catch (error) {
      failed(error);
    }
    await queries.invalidateQueries({ queryKey: JOBS });
  }

  return (
    <section className={classes.card} aria-label={t("jobs.recovery.title", { count: interrupted.length })}>
      <p>
        <strong>{t("jobs.recovery.title", { count: interrupted.length })}</strong> {interrupted.map((job) => `#${job.job_id} ${job.action}`).join(", ")}
      </p>
      {may("jobs:operate") && (
        <div className={classes.buttons}>
          <Button onClick={() => void decide("resume")}>{t("jobs.recovery.resume")}</Button>
          <Button variant="default" onClick={() => void decide("cancel")}>
            {t("jobs.recovery.cancel")}
          </Button>
          {next && (
            <span>
              {t("jobs.recovery.byItself")} <Ago at={next} />
            </span>
          )}
        </div>
      )}
    </section>
  );
}
