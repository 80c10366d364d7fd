import { Button, NumberInput } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, read } from "../../api/client";
import type { components } from "../../api/schema";
import { worded } from "../../i18n/worded";
import { Ago } from "../../ui/Ago";
import { Problem } from "../../ui/Problem";
import { StateMark } from "../../ui/StateMark";
import type { Document } from "./queries";
import classes from "./Workflows.module.css";

type Found = components["schemas"]["BackTest"];

const WEEK = 7;
const MOST_DAYS = 366;
/** How many reasons for not beginning are shown, the most frequent first. */
const MOST_REASONS = 5;

/** At which recorded events of the last days it would have begun; nothing is done. */
export function BackTest({ workflow, document }: { /** The one that is saved, or */ workflow?: string; /** one that is not. */ document?: Document }) {
  const { t } = useTranslation();
  const [days, setDays] = useState<number | string>(WEEK);
  const [found, setFound] = useState<{ report: Found; days: number }>();
  const [error, setError] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);

  async function test(event: React.FormEvent) {
    event.preventDefault();
    // Within the form of the editor this is no saving.
    event.stopPropagation();
    await look();
  }

  async function look() {
    setError(undefined);
    setBusy(true);
    try {
      const wanted = Number(days) || WEEK;
      setFound({ report: await read(api.POST("/api/processes/back-test", { body: { workflow: workflow ?? null, document: document ?? null, days: wanted, limit: 100_000 } })), days: wanted });
    } catch (problem) {
      setFound(undefined);
      setError(problem);
    }
    setBusy(false);
  }

  return (
    <div className={classes.dry}>
      <p className={classes.faint}>{t("workflows.backTestBody")}</p>
      <div className={classes.inline}>
        <NumberInput
          label={t("workflows.lastDays")}
          value={days}
          onChange={setDays}
          min={1}
          max={MOST_DAYS}
          allowDecimal={false}
          clampBehavior="strict"
          className={classes.filter}
          onKeyDown={(event) => event.key === "Enter" && void test(event)}
        />
        <Button variant="default" disabled={isBusy} onClick={() => void look()}>
          {t("workflows.backTest")}
        </Button>
      </div>
      {error !== undefined && <Problem error={error} />}
      {found && <Result {...found} />}
    </div>
  );
}

function Result({ report, days }: { report: Found; days: number }) {
  const { t, i18n } = useTranslation();
  const number = (value: number) => value.toLocaleString(i18n.language);
  const misses = Object.entries(report.misses).toSorted(([, one], [, other]) => other - one);
  return (
    <div role="status" className={classes.dry}>
      <p>
        <StateMark tone={report.matched > 0 ? "ok" : "idle"}>{t("workflows.wouldHave", { count: report.matched, number: number(report.matched) })}</StateMark>
      </p>
      <p>
        {t("workflows.ofEvents", { count: report.events, number: number(report.events), days })}
        {report.held_back > 0 && ` ${t("workflows.heldBack", { count: report.held_back, number: number(report.held_back) })}`}
      </p>
      {report.examples.length > 0 && (
        <ol className={classes.why} aria-label={t("workflows.wouldHaveAt")}>
          {report.examples.map((one) => (
            <li key={one.seq}>
              <span className={classes.faint}>
                <Ago at={one.at} />
              </span>
              <span className="foreign">
                <Link to="/workflows/events/$seq" params={{ seq: String(one.seq) }}>
                  {one.kind} #{one.seq}
                </Link>{" "}
                {one.subject} <span className={classes.faint}>{worded(one.reason)}</span>
              </span>
            </li>
          ))}
        </ol>
      )}
      {misses.length > 0 && (
        <>
          <h3 className={classes.small}>{t("workflows.misses")}</h3>
          <ul className={classes.plain}>
            {misses.slice(0, MOST_REASONS).map(([reason, count]) => (
              <li key={reason} className="foreign">
                {worded(reason)} <span className={classes.faint}>×{number(count)}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}
