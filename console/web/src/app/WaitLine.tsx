import { useEffect, useState, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { pending, watchPending } from "../api/pending";
import classes from "./WaitLine.module.css";

/** Quicker answers need no word, in milliseconds. */
const QUICK = 1000;

/** Says that an answer takes longer than a second; takes no room. */
export function WaitLine() {
  const { t } = useTranslation();
  const count = useSyncExternalStore(watchPending, pending);
  const isWaiting = count > 0;
  const [isLong, setLong] = useState(false);
  useEffect(() => {
    if (!isWaiting) return undefined;
    const timer = setTimeout(() => setLong(true), QUICK);
    return () => {
      clearTimeout(timer);
      setLong(false);
    };
  }, [isWaiting]);
  return (
    <div className={classes.place} data-pending={count}>
      {isLong && <div className={classes.line} role="progressbar" aria-label={t("frame.waiting")} />}
    </div>
  );
}
