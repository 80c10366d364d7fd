import { useTranslation } from "react-i18next";
import { Ago } from "../../ui/Ago";
import { worded } from "../../i18n/worded";
import { firstWords } from "../../ui/firstWords";
import { StateShape } from "../../ui/StateMark";
import type { Tone } from "../../ui/state";
import classes from "./Fleet.module.css";
import { namesOf } from "./names";
import type { Happening } from "./queries";
import { type MeshStatus, STATE_TONES } from "./tones";

const OTHERS: Record<string, Tone> = {
  "mesh.back": "ok",
  "block.set": "shut",
  "block.ended": "ok",
  "job.failed": "bad",
  "job.interrupted": "warn",
  "schedule.failed": "bad",
  "schedule.cannot_run": "bad",
  "schedule.missed": "warn",
  "health.alert_raised": "warn",
  "health.alert_cleared": "ok",
  "notification.failed": "bad",
};

interface OfMany extends Happening {
  /** To which meshes it happened; left out: to the one that it is about. */
  meshes?: string[];
}

/** After these nothing is wrong any more. */
const WELL = ["mesh.spawning", "mesh.ready", "mesh.connected"];

/** How what has happened is drawn. */
export function toneOfKind(kind: string): Tone {
  const state = kind.startsWith("mesh.") ? STATE_TONES[kind.slice("mesh.".length) as MeshStatus["state"]] : undefined;
  return state ?? OTHERS[kind] ?? "idle";
}

/** Events as sentences, the newest first; each time may lead to what was logged then. */
export function Happenings({ events, marked, onTime }: { events: readonly OfMany[]; marked?: number; onTime?: (at: string) => void }) {
  const { t } = useTranslation();
  return (
    <ol className={classes.happenings}>
      {events.toReversed().map((event) => (
        <li key={event.seq} id={`event-${event.seq}`} data-marked={event.seq === marked || undefined}>
          {onTime ? (
            <button type="button" className={classes.toLog} title={t("fleet.toLog")} onClick={() => onTime(event.at)}>
              <Ago at={event.at} />
            </button>
          ) : (
            <Ago at={event.at} />
          )}
          <Sentence event={event} />
        </li>
      ))}
    </ol>
  );
}

function Sentence({ event }: { event: OfMany }) {
  const { t } = useTranslation();
  // One that is well again still knows what was wrong before: that was said then.
  const error = typeof event.data.error === "string" && !WELL.includes(event.kind) ? event.data.error : "";
  const subject = event.meshes ? namesOf(event.meshes, t) : (event.subject ?? event.mesh_id ?? "");
  const words = t(`fleet.happened.${event.kind}`, { defaultValue: event.kind, count: event.meshes?.length ?? 1, subject, about: String(event.data.about ?? "") });
  return (
    <span className="foreign">
      <span className={classes.happening}>
        <StateShape tone={toneOfKind(event.kind)} size={9} />
        {words}
      </span>
      {error && <span className={classes.error} title={error}>{firstWords(worded(error))}</span>}
    </span>
  );
}
