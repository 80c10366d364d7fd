import { Button, Textarea } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import type { TFunction } from "i18next";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Buttons } from "../../app/ActionsOn";
import { perform } from "../../app/perform";
import { useActionContext } from "../../app/useActionContext";
import { api } from "../../api/client";
import { useRefresh } from "../../live/hooks";
import { Ago } from "../../ui/Ago";
import { type Fact, FactList } from "../../ui/FactList";
import { Page, Section } from "../../ui/Page";
import { Problem } from "../../ui/Problem";
import { StateMark, StateShape } from "../../ui/StateMark";
import type { Tone } from "../../ui/state";
import classes from "./Alerts.module.css";
import { alert } from "./kinds";
import { ALERTS, alertQuery, type AlertReport, CHANGES, TONES } from "./queries";
import { SeverityMark } from "./SeverityMark";

/** One alert: what is the matter, who takes care of it, and what was written about it. */
export default function AlertPage() {
  const { t } = useTranslation();
  const { id } = useParams({ strict: false }) as { id: string };
  const found = useQuery(alertQuery(Number(id)));
  useRefresh(CHANGES, ALERTS);
  if (found.error && !found.data) return <Problem error={found.error} onRetry={() => void found.refetch()} />;
  if (!found.data) return null;
  const one = found.data;
  return (
    <Page title={one.title} lead={<Lead one={one} />} actions={<Buttons kind={alert} thing={one} only={["alerts.acknowledge", "alerts.resolve"]} />}>
      {one.message && <p className={`${classes.text} foreign`}>{one.message}</p>}
      <div className={classes.columns}>
        <Section title={t("alerts.course")}>
          <Course one={one} />
          <NoteForm key={one.id} one={one} />
        </Section>
        <Facts one={one} />
      </div>
    </Page>
  );
}

function Lead({ one }: { one: AlertReport }) {
  const { t } = useTranslation();
  const by = one.resolved_by ?? one.acknowledged_by ?? one.created_by;
  return (
    <span className={classes.lead}>
      <SeverityMark severity={one.severity} />
      <StateMark tone={TONES[one.state] ?? "idle"}>{t(`alerts.states.${one.state}`)}</StateMark>
      <span className="foreign">
        {t(`alerts.since.${one.state}`, { by })} <Ago at={one.resolved_at ?? one.acknowledged_at ?? one.created_at} />
      </span>
    </span>
  );
}

interface Moment {
  at: string;
  tone: Tone;
  sentence: string;
  note?: string;
}

/** What has become of it, the oldest first. */
function course(one: AlertReport, t: TFunction): Moment[] {
  const all: Moment[] = [{ at: one.created_at, tone: "warn", sentence: t("alerts.happened.raised", { by: one.created_by }) }];
  if (one.acknowledged_at) all.push({ at: one.acknowledged_at, tone: "busy", sentence: t("alerts.happened.acknowledged", { by: one.acknowledged_by }) });
  for (const note of one.notes) all.push({ at: note.at, tone: "idle", sentence: t("alerts.happened.noted", { by: note.actor }), note: note.text });
  if (one.resolved_at) all.push({ at: one.resolved_at, tone: "ok", sentence: t("alerts.happened.resolved", { by: one.resolved_by }) });
  return all.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at));
}

function Course({ one }: { one: AlertReport }) {
  const { t } = useTranslation();
  return (
    <ol className={classes.course} aria-label={t("alerts.course")}>
      {course(one, t).map((moment, index) => (
        <li key={index}>
          <StateShape tone={moment.tone} />
          <div className="foreign">
            {moment.sentence}
            {moment.note && <p className={classes.note}>{moment.note}</p>}
          </div>
          <Ago at={moment.at} />
        </li>
      ))}
    </ol>
  );
}

function NoteForm({ one }: { one: AlertReport }) {
  const { t } = useTranslation();
  const context = useActionContext();
  const [text, setText] = useState("");
  if (!context.may("station:operate")) return null;
  const submit = async (event: React.FormEvent) => {
    event.preventDefault();
    const isDone = await perform(context, ALERTS, async () => {
      await api.POST("/api/v1/station/alerts/{number}/notes", { params: { path: { number: one.id } }, body: { text: text.trim() } });
    });
    if (isDone) setText("");
  };
  return (
    <form className={classes.form} onSubmit={(event) => void submit(event)}>
      <Textarea label={t("alerts.noteLabel")} value={text} onChange={(event) => setText(event.target.value)} maxLength={2000} autosize minRows={2} maxRows={8} />
      <Button type="submit" variant="default" disabled={text.trim() === ""}>
        {t("alerts.note")}
      </Button>
    </form>
  );
}

/** The workflow that has raised an alert, or that it is about. */
function workflowOf({ source, dedup_key: key }: AlertReport): string | undefined {
  return /^workflow:(.+)$/s.exec(source)?.[1] ?? (source === "workflow" ? /^workflow-\w+:(.+)$/s.exec(key ?? "")?.[1] : undefined);
}

function Facts({ one }: { one: AlertReport }) {
  const { t } = useTranslation();
  const name = workflowOf(one);
  const facts: Fact[] = [
    [t("alerts.number"), <span className="mono">#{one.id}</span>],
    [t("alerts.source"), name ? <Link to="/workflows/$id" params={{ id: name }}>{one.source}</Link> : one.source],
    [t("alerts.user"), one.user_id && <Link to="/users/$id" params={{ id: one.user_id }}>{one.user_id}</Link>],
    [t("alerts.zone"), one.zone && <Link to="/zones" search={{ zone: one.zone } as never}>{one.zone}</Link>],
    [t("alerts.mesh"), one.mesh_id && <Link to="/fleet/$id" params={{ id: one.mesh_id }}>{one.mesh_id}</Link>],
    [t("alerts.key"), one.dedup_key && <span className="mono">{one.dedup_key}</span>],
    [t("alerts.happenedTimes"), one.count > 1 ? t("alerts.times", { count: one.count }) : null],
    [t("alerts.last"), one.count > 1 ? <Ago at={one.updated_at} /> : null],
  ];
  return (
    <Section title={t("alerts.facts")}>
      <FactList facts={facts} />
    </Section>
  );
}
