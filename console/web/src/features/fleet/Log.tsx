import { Button, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "../../ui/Problem";
import { Section } from "../../ui/Page";
import classes from "./Fleet.module.css";
import { logQuery } from "./queries";

/** The last lines that a mesh has logged; follows until it is paused or scrolled up. */
export function Log({ id }: { id: string }) {
  const { t, i18n } = useTranslation();
  const [isFollowed, setFollowed] = useState(true);
  const [wanted, setWanted] = useState("");
  const box = useRef<HTMLDivElement>(null);
  const log = useQuery(logQuery(id, isFollowed));
  const lines = (log.data?.lines ?? []).filter((line) => line.text.toLowerCase().includes(wanted.toLowerCase()));
  const last = lines.at(-1)?.ts;
  useEffect(() => {
    if (isFollowed && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [isFollowed, last, lines.length]);
  return (
    <Section title={t("fleet.log")}>
      <div className={classes.buttons}>
        <TextInput size="xs" aria-label={t("fleet.searchLog")} placeholder={t("fleet.searchLog")} value={wanted} onChange={(event) => setWanted(event.target.value)} />
        <Button size="compact-sm" variant="default" aria-pressed={!isFollowed} onClick={() => setFollowed(!isFollowed)}>
          {t(isFollowed ? "fleet.pauseLog" : "fleet.followLog")}
        </Button>
      </div>
      {log.error && <Problem error={log.error} onRetry={() => void log.refetch()} />}
      {log.data && lines.length === 0 && <p className={classes.hint}>{t(wanted ? "fleet.noLineLikeThat" : "fleet.noLines")}</p>}
      {lines.length > 0 && (
        <div className={classes.log} ref={box} role="log" aria-live="off" aria-label={t("fleet.log")} tabIndex={0}>
          {lines.map((line, index) => (
            <div key={`${line.ts} ${index}`} className={classes.logLine} data-level={line.level.toUpperCase()}>
              <time dateTime={new Date(line.ts * 1000).toISOString()}>{new Date(line.ts * 1000).toLocaleTimeString(i18n.language)}</time>
              <span className={classes.level}>{line.level}</span>
              <span className="foreign">{line.text}</span>
            </div>
          ))}
        </div>
      )}
    </Section>
  );
}
