import { useTranslation } from "react-i18next";
import { Bar } from "../../ui/Bar";
import type { Counts } from "./queries";
import classes from "./Jobs.module.css";

/** Items of a job as one bar, and in numbers. */
export function Progress({ counts }: { counts: Counts }) {
  const { t } = useTranslation();
  const total = counts.pending + counts.done + counts.failed + counts.existing;
  if (total === 0) return null;
  const words = t("jobs.progress", { done: counts.done + counts.existing, failed: counts.failed, total });
  return (
    <div className={classes.progress}>
      <Bar
        label={words}
        parts={[
          { tone: "ok", count: counts.done },
          { tone: "busy", count: counts.existing },
          { tone: "bad", count: counts.failed },
          { tone: "idle", count: 0 },
        ]}
        rest={counts.pending}
      />
      <span className="numbers">{words}</span>
    </div>
  );
}
