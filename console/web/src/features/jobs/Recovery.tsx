import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useActionContext } from "../../app/useActionContext";
import { Ago } from "../../ui/Ago";
import classes from "./Jobs.module.css";
import { recover } from "./kinds";
import { recoveryQuery } from "./queries";

/** The question after a crash: what becomes of the jobs that it has interrupted? */
export function Recovery() {
  const { t } = useTranslation();
  const context = useActionContext();
  const recovery = useQuery(recoveryQuery);
  const interrupted = recovery.data?.interrupted ?? [];
  if (interrupted.length === 0) return null;
  const next = interrupted.flatMap((job) => job.resume_after ?? []).sort()[0];

  const decide = (decision: "resume" | "cancel") => void recover(decision, interrupted.length, context);

  return (
    <section className={classes.card} aria-label={t("jobs.recovery.title", { count: interrupted.length })}>
      <p>
        <strong>{t("jobs.recovery.title", { count: interrupted.length })}</strong> {interrupted.map((job) => `#${job.job_id} ${job.action}`).join(", ")}
      </p>
      {context.may("jobs:operate") && (
        <div className={classes.buttons}>
          <Button onClick={() => decide("resume")}>{t("jobs.recovery.resume")}</Button>
          <Button variant="default" onClick={() => decide("cancel")}>
            {t("jobs.recovery.cancel")}
          </Button>
          {next && (
            <span>
              {t("jobs.recovery.byItself")} <Ago at={next} isDue />
            </span>
          )}
        </div>
      )}
    </section>
  );
}
