import { useTranslation } from "react-i18next";
import classes from "./FilterBar.module.css";

/** What narrows a list down, in one row. */
export function FilterBar({ children }: { children: React.ReactNode }) {
  const { t } = useTranslation();
  return (
    <div className={classes.filters} role="group" aria-label={t("common.filter")}>
      {children}
    </div>
  );
}

/** One of several that may be chosen. */
export function FilterButton({ isChosen, onToggle, children }: { isChosen: boolean; onToggle: () => void; children: React.ReactNode }) {
  return (
    <button type="button" className={classes.filter} aria-pressed={isChosen} onClick={onToggle}>
      {children}
    </button>
  );
}
