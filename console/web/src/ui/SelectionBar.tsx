import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import classes from "./SelectionBar.module.css";

/** What can be done with what is selected: over the lower edge of the screen, so that no row moves when it comes. */
export function SelectionBar({ label, onClear, children }: { label: string; onClear: () => void; children: React.ReactNode }) {
  const { t } = useTranslation();
  return (
    <div className={classes.bar} data-selection role="group" aria-label={label}>
      <span className={classes.label}>{label}</span>
      {children}
      <Button size="compact-sm" variant="subtle" onClick={onClear}>
        {t("common.selectNone")}
      </Button>
    </div>
  );
}
