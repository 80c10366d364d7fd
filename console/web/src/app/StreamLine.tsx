import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useConnection } from "../live/hooks";
import { stream } from "../live/stream";
import { clock } from "../ui/times";
import { useIsOld } from "./release";
import classes from "./StreamLine.module.css";

/** Says when what is shown is not live, and since when; or that newer pages are there. */
export function StreamLine() {
  const { t, i18n } = useTranslation();
  const connection = useConnection();
  const isOld = useIsOld();
  if (isOld) {
    return (
      <div className={classes.line} role="status">
        {t("frame.old")}
        <Button size="compact-xs" variant="default" onClick={() => location.reload()}>
          {t("frame.reload")}
        </Button>
      </div>
    );
  }
  if (connection.state === "lost") {
    const since = clock(connection.since, i18n.language, "seconds");
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
