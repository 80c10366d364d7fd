import { Checkbox } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import classes from "./Table.module.css";
import type { Column } from "./Table";

/** What is chosen in a list, to do something with all of it. */
export interface Picks {
  keys: ReadonlySet<string>;
  toggle: (key: string) => void;
  set: (keys: Iterable<string>) => void;
}

/** Nothing at first. */
export function usePicks(): Picks {
  const [keys, setKeys] = useState<ReadonlySet<string>>(new Set());
  const toggle = (key: string) =>
    setKeys((before) => {
      const next = new Set(before);
      if (!next.delete(key)) next.add(key);
      return next;
    });
  return { keys, toggle, set: (wanted) => setKeys(new Set(wanted)) };
}

interface Picking<Row> {
  picks: Picks;
  /** Those that the box in the head of the column chooses. */
  rows: readonly Row[];
  keyOf: (row: Row) => string;
  /** What screen readers say of the box of a row. */
  sayOf: (row: Row) => string;
}

/** The column of boxes: for mice and thumbs what x is for keys. */
export function usePickColumn<Row>({ picks, rows, keyOf, sayOf }: Picking<Row>): Column<Row> {
  const { t } = useTranslation();
  const chosen = rows.filter((row) => picks.keys.has(keyOf(row))).length;
  const isAll = rows.length > 0 && chosen === rows.length;
  return {
    key: "select",
    title: t("common.selectAll"),
    head: <Box say={t("common.selectAll")} isPicked={isAll} isSome={chosen > 0 && !isAll} onPick={() => picks.set(isAll ? [] : rows.map(keyOf))} />,
    width: "1.5rem",
    cell: (row) => <Box say={sayOf(row)} isPicked={picks.keys.has(keyOf(row))} onPick={() => picks.toggle(keyOf(row))} />,
  };
}

function Box({ say, isPicked, isSome, onPick }: { say: string; isPicked: boolean; isSome?: boolean; onPick: () => void }) {
  return (
    // A thumb beside the box means the box, not the row.
    <label className={classes.pick} onClick={(event) => event.stopPropagation()}>
      <Checkbox size="xs" aria-label={say} checked={isPicked} indeterminate={isSome} onChange={onPick} />
    </label>
  );
}
