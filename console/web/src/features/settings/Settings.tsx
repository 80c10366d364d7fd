import { TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { ActionButton } from "../../app/ActionButton";
import { Empty, Page, Section } from "../../ui/Page";
import { Problem } from "../../ui/Problem";
import { StateMark } from "../../ui/StateMark";
import classes from "./Settings.module.css";
import { type Report, settingsQuery } from "./queries";
import { sectionsOf } from "./values";

/** The settings that hold, and what the files would change; they are edited in the files. */
export default function Settings() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as { text?: string };
  const report = useQuery(settingsQuery);
  const sections = report.data ? sectionsOf(report.data.settings, String(search.text ?? "")) : [];
  const find = (text: string) => void navigate({ to: "/settings", search: { text: text || undefined } as never, replace: true });
  return (
    <Page title={t("settings.title")} lead={t("settings.lead")} actions={<ActionButton id="settings.reload" />}>
      {report.error && <Problem error={report.error} onRetry={() => void report.refetch()} />}
      {report.data && <Pending report={report.data} />}
      <TextInput className={classes.find} aria-label={t("settings.find")} placeholder={t("settings.find")} value={String(search.text ?? "")} onChange={(event) => find(event.target.value)} />
      {report.data && sections.length === 0 && <Empty title={t("settings.noneLikeThat")} />}
      {sections.map((section) => (
        <Section key={section.name} title={section.name}>
          <dl className={classes.values}>
            {section.values.map((value) => (
              <div key={value.name} className={classes.value}>
                <dt className="mono">{value.name}</dt>
                <dd className="mono foreign">
                  {value.text || t("settings.empty")}
                  <Mark name={value.name} report={report.data!} />
                </dd>
              </div>
            ))}
          </dl>
        </Section>
      ))}
    </Page>
  );
}

/** What the files say otherwise than what holds, in a sentence. */
function Pending({ report }: { report: Report }) {
  const { t } = useTranslation();
  if (report.problem) return <Problem error={report.problem} />;
  const now = report.changed.join(", ");
  const later = report.needs_restart.join(", ");
  if (!now && !later) return <StateMark tone="ok">{t("settings.asInFiles")}</StateMark>;
  return (
    <div className={classes.pending} role="status">
      {now && <StateMark tone="warn">{t("settings.wouldChange", { names: now })}</StateMark>}
      {later && <StateMark tone="warn">{t("settings.needRestart", { names: later })}</StateMark>}
    </div>
  );
}

function Mark({ name, report }: { name: string; report: Report }) {
  const { t } = useTranslation();
  const isOf = (names: string[]) => names.some((one) => name === one || name.startsWith(`${one}.`));
  if (isOf(report.changed)) return <StateMark tone="warn">{t("settings.onReload")}</StateMark>;
  if (isOf(report.needs_restart)) return <StateMark tone="warn">{t("settings.onRestart")}</StateMark>;
  return null;
}
