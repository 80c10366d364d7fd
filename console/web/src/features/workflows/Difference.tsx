import { useTranslation } from "react-i18next";
import { compared, folded } from "./compare";
import classes from "./Compare.module.css";

const MARKS = { same: " ", gone: "−", new: "+", left_out: "" };

/** What is different in a text, with the lines around it; each line has a sign besides its colour. */
export function Difference({ before, after, label }: { before: string; after: string; label: string }) {
  const { t } = useTranslation();
  if (before === after) return <p className={classes.none}>{t("workflows.noDifference")}</p>;
  return (
    <div className={classes.lines} role="region" aria-label={label} tabIndex={0}>
      {folded(compared(before, after)).map((line, index) =>
        line.kind === "left_out" ? (
          <div key={index} className={classes.out}>
            {t("workflows.sameLines", { count: Number(line.text) })}
          </div>
        ) : (
          <div key={index} data-kind={line.kind}>
            <span aria-hidden>{MARKS[line.kind]}</span>
            {line.kind !== "same" && <span className={classes.unseen}>{t(`workflows.lines.${line.kind}`)} </span>}
            <span className="foreign">{line.text || " "}</span>
          </div>
        ),
      )}
    </div>
  );
}
