import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { canFinish, type Drawing, type Step } from "./drawing";
import type { Shape } from "./shape";
import classes from "./Zones.module.css";

interface DrawProps {
  drawing?: Drawing;
  kind: Shape["kind"];
  /** Whether there is a shape already. */
  isDrawn: boolean;
  onDraw: () => void;
  onStep: (step: Step) => void;
  onCancel: () => void;
}

/** What the next press on the map does, in words, and the steps that are not on the map. */
export function Draw({ drawing, kind, isDrawn, onDraw, onStep, onCancel }: DrawProps) {
  const { t } = useTranslation();
  return (
    <div className={classes.draw}>
      <p role="status">{drawing ? t(`zones.draw.${next(drawing)}`) : t(isDrawn ? "zones.draw.drawn" : "zones.draw.none")}</p>
      <div className={classes.buttons}>
        {!drawing && (
          <Button size="compact-sm" variant="default" onClick={onDraw}>
            {t(isDrawn ? "zones.draw.again" : `zones.draw.${kind}`)}
          </Button>
        )}
        {drawing && canFinish(drawing) && (
          <Button size="compact-sm" onClick={() => onStep({ do: "finish" })}>
            {t("zones.draw.finish")}
          </Button>
        )}
        {drawing && drawing.places.length > 0 && (
          <Button size="compact-sm" variant="default" onClick={() => onStep({ do: "back" })}>
            {t("zones.draw.back")}
          </Button>
        )}
        {drawing && (
          <Button size="compact-sm" variant="default" onClick={onCancel}>
            {t("zones.draw.cancel")}
          </Button>
        )}
      </div>
    </div>
  );
}

function next(drawing: Drawing): string {
  if (drawing.kind === "circle") return drawing.places.length === 0 ? "setCenter" : "setBorder";
  if (drawing.places.length === 0) return "setFirst";
  return canFinish(drawing) ? "setMoreOrFinish" : "setMore";
}
