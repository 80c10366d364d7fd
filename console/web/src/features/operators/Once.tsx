import { Button, CopyButton } from "@mantine/core";
import { modals } from "@mantine/modals";
import { useTranslation } from "react-i18next";
import classes from "./Once.module.css";

/** A secret that is shown this once, with a button to copy it. */
export function Once({ words, secret }: { words: string; secret: string }) {
  const { t } = useTranslation();
  return (
    <div className={classes.once}>
      <p>{words}</p>
      <code>{secret}</code>
      <CopyButton value={secret}>
        {({ copied, copy }) => (
          <Button variant="default" onClick={copy}>
            {t(copied ? "common.copied" : "common.copy")}
          </Button>
        )}
      </CopyButton>
    </div>
  );
}

/** The same in a dialog of its own. */
export function showOnce({ title, ...secret }: { title: string; words: string; secret: string }): void {
  modals.open({ title, children: <Once {...secret} /> });
}
