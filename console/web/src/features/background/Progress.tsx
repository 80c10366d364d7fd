import { useTranslation } from "react-i18next";
import { Bar } from "../../ui/Bar";
import { lasting } from "../../ui/format";
import classes from "./Background.module.css";
import type { Command } from "./queries";

/** How far a command is, as a bar and in words; nothing where it has not said. */
export function Progress({ command, isShort }: { command: Command; isShort?: boolean }) {
  const { t, i18n } = useTranslation();
  if (command.progress === null) return isShort ? "–" : null;
  const done = Math.round(command.progress);
  const percent = t("background.percent", { done });
  const left = command.remaining === null ? null : t("background.left", { time: lasting(command.remaining, i18n.language) });
  return (
    <span className={classes.progress}>
      <Bar label={percent} parts={[{ tone: command.error === null ? "ok" : "bad", count: done }]} rest={100 - done} />
      <span className={isShort ? `${classes.percent} numbers` : "numbers"}>{isShort ? percent : [percent, left].filter(Boolean).join(", ")}</span>
    </span>
  );
}
