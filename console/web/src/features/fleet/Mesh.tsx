import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Buttons } from "../../app/ActionsOn";
import { useSession } from "../../session/session";
import { useLasting } from "../../ui/Lasting";
import { Empty, Page, Section } from "../../ui/Page";
import { PageProblem, Problem } from "../../ui/Problem";
import { StateMark } from "../../ui/StateMark";
import { Segments } from "../../ui/Segments";
import { useNow } from "../../ui/useNow";
import { clock } from "../../ui/times";
import { Chat } from "./Chat";
import { Facts } from "./Facts";
import classes from "./Fleet.module.css";
import { Happenings } from "./Happenings";
import { mesh as meshes } from "./kinds";
import { Log } from "./Log";
import { type Happening, happeningsQuery, type MeshHealth, meshQuery, wantedQuery } from "./queries";
import { toneOf } from "./tones";
import { Trends } from "./Trends";
import { pieces } from "./uptime";
import { reasonsOf } from "./why";

const MOST_SHOWN = 30;
/** The strip of the last day: pieces of 16 minutes. */
const PIECES = 90;
const PIECE = 16 * 60_000;

/** One mesh: how it is and why, what can be done, what has happened to it. */
export default function MeshPage() {
  const { t } = useTranslation();
  const { id } = useParams({ strict: false }) as { id: string };
  const { may } = useSession();
  const mesh = useQuery(meshQuery(id));
  if (mesh.error && !mesh.data) return <PageProblem error={mesh.error} onRetry={() => void mesh.refetch()} missing={t("fleet.missing", { id })} list={{ path: "/fleet", title: t("fleet.title") }} />;
  if (!mesh.data) return null;
  return (
    <Page title={id} lead={<State mesh={mesh.data} at={mesh.dataUpdatedAt} />} actions={<Buttons kind={meshes} thing={mesh.data} />}>
      <Why mesh={mesh.data} />
      <div className={classes.columns}>
        {may("events:view") && <Past id={id} />}
        <div className={classes.stack}>
          <Trends id={id} />
          <Facts mesh={mesh.data} at={mesh.dataUpdatedAt} />
        </div>
      </div>
      {may("events:view") && <Chat mesh={mesh.data} />}
      {may("logs:view") && <Log id={id} />}
    </Page>
  );
}

function State({ mesh, at }: { mesh: MeshHealth; at: number }) {
  const { t } = useTranslation();
  const lasts = useLasting(mesh.uptime_seconds ?? 0, at);
  const since = mesh.uptime_seconds === null ? "" : ` ${t("fleet.runs", { since: lasts })}`;
  const restarts = mesh.restarts > 0 ? ` ${t("fleet.restarted", { count: mesh.restarts })}` : "";
  return (
    <>
      <StateMark tone={toneOf(mesh)}>{t(mesh.trouble ? `fleet.trouble.${mesh.trouble}` : `fleet.states.${mesh.state}`)}.</StateMark>
      {since}
      {restarts}
    </>
  );
}

/** The causes of its silence in their order. */
function Why({ mesh }: { mesh: MeshHealth }) {
  const { t, i18n } = useTranslation();
  const wanted = useQuery(wantedQuery);
  const waits = wanted.data?.meshes.find((one) => one.mesh_id === mesh.mesh_id)?.waiting_for;
  const reasons = reasonsOf(mesh, waits, i18n.language, t);
  if (reasons.length === 0) return null;
  return (
    <ol className={classes.why} aria-label={t("fleet.whySilent")}>
      {reasons.map((reason) => (
        <li key={reason} className="foreign">
          {reason}
        </li>
      ))}
    </ol>
  );
}

function Past({ id }: { id: string }) {
  const { t } = useTranslation();
  const [marked, setMarked] = useState<number>();
  const { may } = useSession();
  const navigate = useNavigate();
  const happenings = useQuery(happeningsQuery(id));
  const events = happenings.data?.events ?? [];
  const open = (seq: number) => {
    setMarked(seq);
    document.getElementById(`event-${seq}`)?.scrollIntoView({ block: "center" });
  };
  const toLog = (at: string) => void navigate({ to: "/fleet/$id", params: { id }, search: { at: Date.parse(at) } as never, replace: true, resetScroll: false });
  const shown = events.filter((event, index) => index >= events.length - MOST_SHOWN || event.seq === marked);
  return (
    <div className={classes.stack}>
      {events.length > 0 && <Uptime events={events} onOpen={open} />}
      <Section title={t("fleet.past")}>
        {happenings.error && <Problem error={happenings.error} onRetry={() => void happenings.refetch()} />}
        {happenings.data && events.length === 0 && <Empty title={t("fleet.noPast")} />}
        <Happenings events={shown} marked={marked} onTime={may("logs:view") ? toLog : undefined} />
      </Section>
    </div>
  );
}

function Uptime({ events, onOpen }: { events: Happening[]; onOpen: (seq: number) => void }) {
  const { t, i18n } = useTranslation();
  // Ends at a whole minute, so that nothing moves every second.
  const end = Math.ceil(useNow() / 60_000) * 60_000;
  const strip = pieces(events, end, PIECE, PIECES);
  const time = (moment: number) => clock(moment, i18n.language);
  const segments = strip.map((piece) => ({
    key: String(piece.from),
    tone: piece.tone,
    label: `${time(piece.from)}–${time(piece.to)}: ${t(`fleet.tone.${piece.tone}`)}`,
  }));
  const open = (key: string) => {
    const seq = strip.find((piece) => String(piece.from) === key)?.seq;
    if (seq !== undefined) onOpen(seq);
  };
  return (
    <Section title={t("fleet.strip")}>
      <div>
        <Segments label={t("fleet.strip")} segments={segments} onOpen={open} />
        <div className={classes.axis}>
          <span>{time(strip[0]!.from)}</span>
          <span>{t("fleet.now")}</span>
        </div>
      </div>
    </Section>
  );
}
