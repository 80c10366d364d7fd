import { useRef } from "react";
import classes from "./Strip.module.css";
import { StateShape } from "./StateMark";
import type { Tone } from "./state";

export interface Cell {
  id: string;
  tone: Tone;
  /** Name and state in words: what a screen reader and the pointer get. */
  label: string;
}

/** A cell per mesh: colour and shape; arrow keys walk it, Enter opens one. */
export function Strip({ cells, label, onOpen }: { cells: Cell[]; label: string; onOpen: (id: string) => void }) {
  const list = useRef<HTMLDivElement>(null);
  return (
    <div className={classes.strip} role="group" aria-label={label} ref={list} onKeyDown={(event) => walk(event, list.current)}>
      {cells.map((cell, index) => (
        <button
          key={cell.id}
          type="button"
          className={classes.cell}
          data-tone={cell.tone}
          title={cell.label}
          aria-label={cell.label}
          tabIndex={index === 0 ? 0 : -1}
          onClick={() => onOpen(cell.id)}
        >
          {cell.tone !== "ok" && <StateShape tone={cell.tone} size={9} />}
        </button>
      ))}
    </div>
  );
}

function walk(event: React.KeyboardEvent, list: HTMLElement | null) {
  if (!list) return;
  const cells = [...list.children] as HTMLElement[];
  const at = cells.indexOf(document.activeElement as HTMLElement);
  if (at < 0) return;
  const columns = getComputedStyle(list).gridTemplateColumns.split(" ").length;
  const steps: Record<string, number> = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns };
  const step = event.key === "Home" ? -at : event.key === "End" ? cells.length - 1 - at : steps[event.key];
  if (step === undefined) return;
  const next = cells[at + step];
  if (!next) return;
  event.preventDefault();
  cells[at]!.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}
