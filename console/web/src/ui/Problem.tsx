import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { ApiError, isMissing } from "../api/client";
import { worded } from "../i18n/worded";
import { Page } from "./Page";
import { StateShape } from "./StateMark";
import classes from "./Problem.module.css";

/** The sentence of an error: the API's own where it gave one. */
export function sentence(error: unknown, offline: string): string {
  if (error instanceof ApiError) return error.message;
  if (error instanceof TypeError) return offline;
  return lines(error instanceof Error ? error.message : String(error));
}

/** Several mistakes stand on a line each. */
function lines(text: string): string {
  return text.split("\n").map((line) => worded(line)).join("\n");
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

/** In place of a page: that what it is about is not there, and where the others are; else why it cannot be shown. */
export function PageProblem(props: { error: unknown; onRetry: () => void; missing: string; list: { path: string; title: string } }) {
  const { t } = useTranslation();
  if (!isMissing(props.error)) return <Problem error={props.error} onRetry={props.onRetry} />;
  return (
    <Page title={props.missing} lead={t("errors.missing")}>
      <p>
        <Link to={props.list.path}>{t("errors.toList", { list: props.list.title })}</Link>
      </p>
    </Page>
  );
}
