import { Radio } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Draft, Key } from "./draft";
import classes from "./Schedules.module.css";

const LABELS: Record<Key, string> = {
  name: "schedules.name",
  cron: "schedules.cron",
  after: "schedules.afterLong",
  timezone: "schedules.zone",
  action: "schedules.action",
  mesh: "jobs.mesh",
  items: "jobs.items",
  data: "jobs.data",
  overlap: "schedules.overlapLong",
  misfire: "schedules.misfireLong",
  lane: "jobs.lane",
  priority: "jobs.priority",
  timeout: "schedules.timeout",
  retries: "schedules.retries",
  start_date: "schedules.startDate",
  end_date: "schedules.endDate",
  jitter: "schedules.jitter",
};

interface ConflictProps {
  /** What was typed here before the conflict was seen. */
  mine: Draft;
  /** What somebody else has saved. */
  newest: Draft;
  /** The fields that somebody else has changed. */
  keys: Key[];
  draft: Draft;
  onChoose: (key: Key, value: string) => void;
}

/** Two people have changed the same schedule: which value of each field is to hold. */
export function Conflict({ mine, newest, keys, draft, onChoose }: ConflictProps) {
  const { t } = useTranslation();
  const said = (value: string) => value.trim() || t("schedules.conflict.nothing");
  return (
    <div className={classes.conflict} role="alert">
      <p>
        <strong>{t("schedules.conflict.title")}</strong> {t("schedules.conflict.body")}
      </p>
      {keys.map((key) => (
        <Radio.Group
          key={key}
          label={t(LABELS[key])}
          value={draft[key] === newest[key] ? "theirs" : "mine"}
          onChange={(whose) => onChoose(key, whose === "theirs" ? newest[key] : mine[key])}
        >
          <Radio value="theirs" label={<span className="foreign">{t("schedules.conflict.theirs", { value: said(newest[key]) })}</span>} />
          <Radio value="mine" label={<span className="foreign">{t("schedules.conflict.mine", { value: said(mine[key]) })}</span>} />
        </Radio.Group>
      ))}
    </div>
  );
}
