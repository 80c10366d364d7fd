import { useTranslation } from "react-i18next";
import { Segments } from "../../ui/Segments";
import { inZone } from "./Moment";
import { type Mark, TONES } from "./queries";

/** Of a run that can be pressed, in rem at most. */
const WIDTH = 1.25;

/** What became of the last planned times, oldest first; places that are free come first. */
export function RunStrip({ runs, zone, places, onOpen }: { runs: Mark[]; zone: string | null; places: number; onOpen?: (key: string) => void }) {
  const { t, i18n } = useTranslation();
  const shown = runs.slice(0, places).toReversed();
  const failed = shown.filter((run) => run.status === "failed").length;
  const free = Array.from({ length: onOpen ? 0 : places - shown.length }, (_, index) => ({ key: `free-${index}`, tone: "none" as const, label: "" }));
  const segments = shown.map((run) => ({
    key: run.planned_at,
    tone: TONES[run.status] ?? "idle",
    label: `${inZone(run.planned_at, zone, i18n.language)}: ${t(`schedules.status.${run.status}`)}`,
  }));
  return (
    <div style={onOpen && { width: `min(100%, ${shown.length * WIDTH}rem)` }}>
      <Segments label={t("schedules.strip", { count: shown.length, failed })} segments={[...free, ...segments]} onOpen={onOpen} />
    </div>
  );
}
