import { useTranslation } from "react-i18next";
import { worded } from "../i18n/worded";
import classes from "./Explained.module.css";
import { firstWords } from "./firstWords";

/** An error as a sentence; all of it unfolds. Open: there is the room to read it. */
export function Explained({ text: given, isOpen }: { text: string; isOpen?: boolean }) {
  const { t } = useTranslation();
  const text = worded(given);
  const first = firstWords(text);
  return (
    <div className={`${classes.explained} foreign`}>
      <span>{first}</span>
      {first !== text.trim() && (
        <details open={isOpen}>
          <summary>{t("common.details")}</summary>
          <pre tabIndex={0}>{text}</pre>
        </details>
      )}
    </div>
  );
}
