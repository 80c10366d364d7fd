import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useConnection } from "../live/hooks";
import { stream } from "../live/stream";
import classes from "./StreamLine.module.css";

/** Says when what is shown is not live: since when, and that it goes on by itself. */
export function StreamLine() {
  const { t, i18n } = useTranslation();
  const connection = useConnection();
  if (connection.state === "lost") {
    const since = new Date(connection.since).toLocaleTimeString(i18n.language);
    return (
      <div className={classes.line} role="status">
        {t("frame.lost", { since })}
      </div>
    );
  }
  if (connection.state !== "paused") return null;
  return (
    <div className={classes.line} role="status">
      {t("frame.paused")}
      <Button size="compact-xs" variant="default" onClick={() => stream.resume()}>
        {t("frame.resume")}
      </Button>
    </div>
  );
}
