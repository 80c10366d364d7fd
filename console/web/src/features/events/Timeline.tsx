import { useVirtualizer } from "@tanstack/react-virtual";
import { Link } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSession } from "../../session/session";
import { actorName } from "../../ui/actor";
import { Ago } from "../../ui/Ago";
import { Code } from "../../ui/Code";
import { StateShape } from "../../ui/StateMark";
import type { Entry } from "./entries";
import classes from "./Events.module.css";

const LINE_HEIGHT = 33;

/** Sentences under each other, of which only those on the screen exist; each opens what is behind it. */
export function Timeline({ rows, onScrolled }: { rows: Entry[]; onScrolled: () => void }) {
  const { t } = useTranslation();
  const scroller = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => LINE_HEIGHT,
    overscan: 12,
    getItemKey: (index) => rows[index]!.key,
  });
  const toggle = (key: string) => {
    const next = new Set(open);
    if (!next.delete(key)) next.add(key);
    setOpen(next);
  };
  const scrolled = () => (scroller.current?.scrollTop ?? 0) > LINE_HEIGHT && onScrolled();
  return (
    <div className={classes.scroller} ref={scroller} tabIndex={0} role="region" aria-label={t("events.title")} onScroll={scrolled}>
      <ol className={classes.lines} style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => {
          const row = rows[item.index]!;
          return (
            <li
              key={item.key}
              ref={virtual.measureElement}
              data-index={item.index}
              aria-setsize={rows.length}
              aria-posinset={item.index + 1}
              className={classes.line}
              style={{ transform: `translateY(${item.start}px)` }}
            >
              <Line row={row} isOpen={open.has(row.key)} onToggle={() => toggle(row.key)} />
            </li>
          );
        })}
      </ol>
    </div>
  );
}

function Line({ row, isOpen, onToggle }: { row: Entry; isOpen: boolean; onToggle: () => void }) {
  const { t } = useTranslation();
  const { may } = useSession();
  return (
    <>
      <button type="button" className={classes.sentence} aria-expanded={isOpen} onClick={onToggle}>
        <StateShape tone={row.tone} />
        <span className={classes.words}>
          <span className="foreign">{row.sentence}</span>
        </span>
        <span className={classes.where}>
          {row.source === "audit" && <span className={classes.badge}>{t("events.audit")}</span>}
          <span className="foreign">{row.mesh || actorName(row.actor)}</span>
        </span>
        <span className={classes.when}>
          <Ago at={row.at} />
        </span>
      </button>
      {isOpen && (
        <div className={classes.behind}>
          <p>
            <span className="mono">{row.name}</span>
            {row.job && (
              <Link to="/jobs/$id" params={{ id: row.job }}>
                {t("events.toJob", { job: row.job })}
              </Link>
            )}
            {row.seq !== undefined && may("processes:view") && (
              <Link to="/workflows/events/$seq" params={{ seq: String(row.seq) }}>
                {t("events.toWhy")}
              </Link>
            )}
          </p>
          {row.whole && (
            <Code label={t("schedules.error")} isForeign>
              {row.whole}
            </Code>
          )}
          <Code label={t("events.json")} isForeign>
            {JSON.stringify(row.raw, null, 2)}
          </Code>
        </div>
      )}
    </>
  );
}
