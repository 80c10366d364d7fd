import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { ApiError } from "../api/client";
import { StateShape } from "./StateMark";
import classes from "./Problem.module.css";

/** The sentence of an error: the API's own where it gave one. */
export function sentence(error: unknown, offline: string): string {
  if (error instanceof ApiError) return error.message;
  return error instanceof TypeError ? offline : String(error);
}

/** An error where its content would be, with the way to try again. */
export function Problem({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { t } = useTranslation();
  return (
    <div className={classes.problem} role="alert">
      <StateShape tone="bad" size={14} />
      <span className="foreign">{sentence(error, t("errors.offline"))}</span>
      {onRetry && (
        <Button size="compact-sm" variant="default" onClick={onRetry}>
          {t("common.retry")}
        </Button>
      )}
    </div>
  );
}
