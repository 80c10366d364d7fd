import { useTranslation } from "react-i18next";
import { StateShape } from "../../ui/StateMark";
import type { Tone } from "../../ui/state";
import classes from "./Fleet.module.css";
import type { Happening } from "./queries";
import { type MeshStatus, STATE_TONES } from "./tones";

const OTHERS: Record<string, Tone> = {
  "block.set": "shut",
  "block.ended": "ok",
  "job.failed": "bad",
  "job.interrupted": "warn",
  "schedule.failed": "bad",
  "schedule.missed": "warn",
  "health.alert_raised": "warn",
  "health.alert_cleared": "ok",
};

/** How what has happened is drawn. */
export function toneOfKind(kind: string): Tone {
  const state = kind.startsWith("mesh.") ? STATE_TONES[kind.slice("mesh.".length) as MeshStatus["state"]] : undefined;
  return state ?? OTHERS[kind] ?? "idle";
}

/** Events as sentences, the newest first. */
export function Happenings({ events, marked }: { events: readonly Happening[]; marked?: number }) {
  const { i18n } = useTranslation();
  return (
    <ol className={classes.happenings}>
      {events.toReversed().map((event) => (
        <li key={event.seq} id={`event-${event.seq}`} data-marked={event.seq === marked || undefined}>
          <time dateTime={event.at}>{new Date(event.at).toLocaleString(i18n.language)}</time>
          <Sentence event={event} />
        </li>
      ))}
    </ol>
  );
}

function Sentence({ event }: { event: Happening }) {
  const { t } = useTranslation();
  const error = typeof event.data.error === "string" ? event.data.error : "";
  const words = t(`fleet.happened.${event.kind}`, { defaultValue: event.kind, subject: event.mesh_id ?? event.subject ?? "", about: String(event.data.about ?? "") });
  return (
    <span className="foreign">
      <span className={classes.happening}>
        <StateShape tone={toneOfKind(event.kind)} size={9} />
        {words}
      </span>
      {error && <span className={classes.error}>{error}</span>}
    </span>
  );
}
