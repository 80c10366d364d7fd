import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Buttons } from "../../app/ActionsOn";
import { Ago } from "../../ui/Ago";
import { type Fact, FactList } from "../../ui/FactList";
import { lasting, megabytes } from "../../ui/format";
import { Page, Section } from "../../ui/Page";
import { PageProblem } from "../../ui/Problem";
import { StateMark } from "../../ui/StateMark";
import classes from "./Background.module.css";
import { Progress } from "./Progress";
import { command as commands } from "./kinds";
import { type Command, commandQuery, TONES } from "./queries";
import { reason } from "./reason";

/** One command: how far it is, what it uses, what it says; and the button that ends it. */
export default function CommandPage() {
  const { t } = useTranslation();
  const { name } = useParams({ strict: false }) as { name: string };
  const found = useQuery(commandQuery(name));
  if (found.error && !found.data) return <PageProblem error={found.error} onRetry={() => void found.refetch()} missing={t("background.missing", { name })} list={{ path: "/background", title: t("background.title") }} />;
  if (!found.data) return null;
  const { command, usage, log, log_file } = found.data;
  return (
    <Page
      title={command.name}
      lead={<Lead command={command} />}
      actions={<Buttons kind={commands} thing={command} />}
    >
      <Progress command={command} />
      {command.left.length > 0 && <p className={classes.needs}>{t("background.leftBehind", { count: command.left.length, pids: command.left.join(", ") })}</p>}
      <Facts command={command} usage={usage} />
      <Log lines={log} file={log_file} />
    </Page>
  );
}

function Lead({ command }: { command: Command }) {
  const { t, i18n } = useTranslation();
  const time = lasting(command.runtime, i18n.language);
  return (
    <span className={classes.lead}>
      <StateMark tone={TONES[command.status] ?? "idle"}>{t(`background.is.${command.status}`)}</StateMark>
      <span className="foreign">{reason(command, t) ?? command.current_task}</span>
      <span>{t(command.status === "running" ? "background.for" : "background.after", { time })}</span>
    </span>
  );
}

function Facts({ command, usage }: { command: Command; usage: { processes: number; memory: number; cpu_percent: number } | null }) {
  const { t, i18n } = useTranslation();
  const facts: Fact[] = [
    [t("background.command"), <code key="command">{command.command}</code>],
    [t("background.directory"), command.directory],
    [t("background.started"), <Ago key="started" at={command.started_at} />],
    [t("background.exitCode"), command.exit_code],
    [
      t("background.usage"),
      usage &&
        t("background.uses", {
          count: usage.processes,
          memory: megabytes(usage.memory, i18n.language),
          percent: new Intl.NumberFormat(i18n.language, { maximumFractionDigits: 0 }).format(usage.cpu_percent),
        }),
    ],
    [t("background.pid"), command.status === "running" ? command.pid : null],
  ];
  return <FactList facts={facts} />;
}

/** The end of its log, which stays at its newest line unless somebody has scrolled up. */
function Log({ lines, file }: { lines: readonly string[]; file: string }) {
  const { t } = useTranslation();
  const box = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  useEffect(() => {
    if (isAtEnd.current && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [lines]);
  const look = () => {
    const { scrollHeight, scrollTop, clientHeight } = box.current!;
    isAtEnd.current = scrollHeight - scrollTop - clientHeight < 24;
  };
  return (
    <Section title={t("background.log")} aside={<span className={`${classes.faint} foreign`}>{file}</span>}>
      {lines.length === 0 && <p className={classes.faint}>{t("background.noLines")}</p>}
      {lines.length > 0 && (
        <div className={classes.log} ref={box} onScroll={look} role="log" aria-live="off" aria-label={t("background.log")} tabIndex={0}>
          {lines.map((line, index) => (
            <div key={index} className="foreign">
              {line || " "}
            </div>
          ))}
        </div>
      )}
    </Section>
  );
}
