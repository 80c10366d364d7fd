import { Button, TextInput } from "@mantine/core";
import { useVirtualizer } from "@tanstack/react-virtual";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Section } from "../../ui/Page";
import { Problem } from "../../ui/Problem";
import { clock, dayAndClock } from "../../ui/times";
import classes from "./Fleet.module.css";
import type { LogLine } from "./lines";
import { useLog } from "./useLog";

/** A line on one row, in pixels; longer ones are measured. */
const LINE_HEIGHT = 19;
/** Lines that are looked through for those that are meant. */
const MOST_SOUGHT = 20_000;
/** So near to the first line older ones are read, in pixels. */
const NEAR = 400;

/**
 * What a mesh or a lane has logged, or with an empty id everything; follows until it is paused, and goes back as far as
 * the files. The address may name the moment of a line, and has what is searched for.
 */
export function Log({ id, only }: { id: string; /** Of all of them, those that are meant. */ only?: RegExp }) {
  const { t } = useTranslation();
  const search = useSearch({ strict: false }) as { at?: number; find?: string };
  const navigate = useNavigate();
  const at = Number(search.at) || undefined;
  const [isFollowed, setFollowed] = useState(at === undefined);
  const wanted = String(search.find ?? "");
  const find = (words: string) => void navigate({ to: ".", search: ((before: object) => ({ ...before, find: words || undefined })) as never, replace: true, resetScroll: false });
  const log = useLog(id, isFollowed);
  useEffect(() => {
    if (at !== undefined) setFollowed(false);
  }, [at]);
  const rows = useMemo(() => {
    const words = wanted.toLowerCase();
    return log.lines.map((line, index) => ({ line, key: log.first + index })).filter(({ line }) => (only?.test(line.text) ?? true) && `${line.mesh_id ?? ""} ${line.text}`.toLowerCase().includes(words));
  }, [log.lines, log.first, only, wanted]);
  // What somebody has come for may be further back than the newest lines.
  const isSought = only !== undefined && log.isRead && rows.length === 0 && log.lines.length < MOST_SOUGHT;
  const { readOlder } = log;
  useEffect(() => {
    if (isSought) void readOlder();
  }, [isSought, readOlder, log.lines.length]);
  return (
    <Section title={t("fleet.log")}>
      <div className={classes.buttons}>
        <TextInput size="xs" aria-label={t("fleet.searchLog")} placeholder={t("fleet.searchLog")} value={wanted} onChange={(event) => find(event.target.value)} />
        <Button size="compact-sm" variant="default" aria-pressed={!isFollowed} onClick={() => setFollowed(!isFollowed)}>
          {t(isFollowed ? "fleet.pauseLog" : "fleet.followLog")}
        </Button>
        {log.lines.length > 0 && !log.isAll && (
          <Button size="compact-sm" variant="default" onClick={() => void log.readOlder()}>
            {t("fleet.olderLines")}
          </Button>
        )}
        <span className={classes.hint}>{t("fleet.linesShown", { count: rows.length })}</span>
      </div>
      {log.error !== undefined && log.error !== null && <Problem error={log.error} onRetry={log.retry} />}
      {log.isRead && rows.length === 0 && <p className={classes.hint}>{t(wanted ? "fleet.noLineLikeThat" : only ? "fleet.noLinesOfIt" : "fleet.noLines")}</p>}
      {rows.length > 0 && <Lines rows={rows} at={at} isFollowed={isFollowed} isOfAll={id === ""} onStart={wanted ? undefined : () => void log.readOlder()} />}
    </Section>
  );
}

interface Row {
  line: LogLine;
  /** Stays the same when older lines are put in front. */
  key: number;
}

interface LinesProps {
  rows: Row[];
  /** The moment of a line that is meant, in epoch milliseconds. */
  at: number | undefined;
  isFollowed: boolean;
  /** Whether lines say whose they are. */
  isOfAll: boolean;
  /** Called when somebody has scrolled to the first line. */
  onStart?: () => void;
}

/** Lines of which only those on the screen exist. */
function Lines({ rows, at, isFollowed, isOfAll, onStart }: LinesProps) {
  const { t } = useTranslation();
  const box = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => LINE_HEIGHT,
    overscan: 20,
    getItemKey: (index) => rows[index]!.key,
  });
  const marked = at === undefined ? -1 : rows.findLastIndex(({ line }) => line.ts <= at / 1000 + 0.001);
  const last = rows.at(-1)!.key;
  useEffect(() => {
    if (marked >= 0) virtual.scrollToIndex(marked, { align: "center" });
    // Another moment, or the lines have come; not each line that comes later.
  }, [at, marked >= 0]);
  useEffect(() => {
    if (isFollowed) virtual.scrollToIndex(rows.length - 1, { align: "end" });
  }, [isFollowed, last, rows.length]);

  // What was at the top stays where it is when older lines are put above it.
  const first = useRef(rows[0]!.key);
  useLayoutEffect(() => {
    const added = rows.findIndex((row) => row.key === first.current);
    first.current = rows[0]!.key;
    if (added > 0 && !isFollowed) virtual.scrollToIndex(added, { align: "start" });
  }, [rows]);

  return (
    <div
      className={classes.log}
      ref={box}
      onScroll={(event) => !isFollowed && event.currentTarget.scrollTop < NEAR && onStart?.()}
      role="log"
      aria-live="off"
      aria-label={t("fleet.log")}
      tabIndex={0}
    >
      <div className={classes.logAll} style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => (
          <div
            key={item.key}
            ref={virtual.measureElement}
            data-index={item.index}
            className={classes.logLine}
            data-level={rows[item.index]!.line.level.toUpperCase()}
            data-marked={item.index === marked || undefined}
            style={{ transform: `translateY(${item.start}px)` }}
          >
            <Line line={rows[item.index]!.line} isOfAll={isOfAll} />
          </div>
        ))}
      </div>
    </div>
  );
}

function Line({ line, isOfAll }: { line: LogLine; isOfAll: boolean }) {
  const { t, i18n } = useTranslation();
  const moment = new Date(line.ts * 1000);
  return (
    <>
      <Link to="." search={((before: object) => ({ ...before, at: Math.round(line.ts * 1000) })) as never} replace resetScroll={false} title={`${dayAndClock(moment, i18n.language)} · ${t("fleet.linkLine")}`}>
        <time dateTime={moment.toISOString()}>{clock(moment, i18n.language, "seconds")}</time>
      </Link>
      <span className={classes.level}>{line.level}</span>
      <span className="foreign">
        {isOfAll && <span className={classes.source}>{line.mesh_id ?? t("fleet.supervisor")}: </span>}
        {line.text}
      </span>
    </>
  );
}
