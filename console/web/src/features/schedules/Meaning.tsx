import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { sentence } from "../../ui/Problem";
import { useCronWords } from "../../ui/cron";
import { StateShape } from "../../ui/StateMark";
import type { Draft } from "./draft";
import { Moment } from "./Moment";
import { meaningQuery } from "./queries";
import classes from "./Schedules.module.css";

/** How long typing rests before it is asked what it means, in milliseconds. */
const REST = 250;

/** What is typed in words, with the next five times; or what is wrong with it. */
export function Meaning({ draft, isQuiet }: { draft: Draft; isQuiet: boolean }) {
  const { t } = useTranslation();
  const words = useCronWords();
  const { cron, timezone, start_date, end_date } = draft;
  const after = draft.after.split("\n").filter(Boolean);
  const [asked] = useDebouncedValue(JSON.stringify({ cron: cron.trim(), timezone: timezone.trim(), start_date: start_date.trim(), end_date: end_date.trim() }), REST);
  const meaning = useQuery({ ...meaningQuery(JSON.parse(asked) as { cron: string }), placeholderData: keepPreviousData });
  return (
    <div className={classes.meaning} aria-live="polite">
      {cron.trim() === "" && after.length > 0 && <p className={`${classes.words} foreign`}>{t("schedules.afterNames", { names: after.join(", ") })}</p>}
      {cron.trim() === "" && after.length === 0 && <p>{t("schedules.meaningHint")}</p>}
      {cron.trim() !== "" && meaning.error && !isQuiet && (
        <p className="foreign">
          <StateShape tone="bad" size={12} /> {sentence(meaning.error, t("errors.offline"))}
        </p>
      )}
      {cron.trim() !== "" && !meaning.error && meaning.data && (
        <>
          <p className={classes.words}>{t("schedules.sentence", { meaning: words(cron.trim(), meaning.data.meaning), zone: meaning.data.timezone })}</p>
          <ol className={classes.times}>
            {meaning.data.upcoming.map((at) => (
              <li key={at}>
                <Moment at={at} zone={meaning.data.timezone} />
              </li>
            ))}
          </ol>
        </>
      )}
    </div>
  );
}
