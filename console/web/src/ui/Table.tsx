import { useVirtualizer } from "@tanstack/react-virtual";
import { memo, useEffect, useRef } from "react";
import classes from "./Table.module.css";

export interface Column<Row> {
  key: string;
  title: string;
  /** Its title is for screen readers only. */
  isBare?: boolean;
  /** Shown in place of its title. */
  head?: React.ReactNode;
  /** Width in the CSS grid: `minmax(10rem, 2fr)`, `6rem`. */
  width: string;
  numeric?: boolean;
  /** Left out where there is less room than on a wide screen; "medium": left out on telephones only. */
  wide?: boolean | "medium";
  /** Width on telephones, where it differs. */
  narrow?: string;
  cell: (row: Row) => React.ReactNode;
}

interface TableProps<Row> {
  label: string;
  columns: Column<Row>[];
  rows: Row[];
  rowKey: (row: Row) => string;
  onOpen?: (row: Row) => void;
  selected?: ReadonlySet<string>;
  onSelect?: (key: string) => void;
  /** Called when the end of the rows comes near: fetch more. */
  onEnd?: () => void;
}

const ROW_HEIGHT = 33;

/** Dense rows, of which only those on the screen exist; j and k walk, Enter opens, x selects. */
export function Table<Row>(props: TableProps<Row>) {
  const scroller = useRef<HTMLDivElement>(null);
  const { rows, onEnd } = props;
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 12,
    getItemKey: (index) => props.rowKey(rows[index]!),
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? -1;
  useEffect(() => {
    if (onEnd && rows.length > 0 && last >= rows.length - 10) onEnd();
  }, [onEnd, last, rows.length]);
  const template = props.columns.map((column) => column.width).join(" ");
  const medium = props.columns.filter((column) => column.wide !== true).map((column) => column.width).join(" ");
  const narrow = props.columns.filter((column) => !column.wide).map((column) => column.narrow ?? yielding(column.width)).join(" ");
  return (
    <div
      className={classes.table}
      role="table"
      aria-label={props.label}
      aria-rowcount={rows.length + 1}
      ref={(node) => {
        node?.style.setProperty("--columns", template);
        node?.style.setProperty("--columns-medium", medium);
        node?.style.setProperty("--columns-narrow", narrow);
      }}
    >
      <div role="rowgroup">
        <div className={classes.head} role="row">
          {props.columns.map((column) => (
            <div key={column.key} role="columnheader" data-numeric={column.numeric || undefined} data-wide={column.wide ? String(column.wide) : undefined}>
              {column.head ?? <span className={column.isBare ? classes.unseen : undefined}>{column.title}</span>}
            </div>
          ))}
        </div>
      </div>
      <div className={classes.scroller} ref={scroller} role="presentation" style={{ height: virtual.getTotalSize() }} onKeyDown={keys}>
        <div role="rowgroup" className={classes.body} style={{ height: virtual.getTotalSize() }}>
          {items.map((item) => {
            const row = rows[item.index]!;
            const key = props.rowKey(row);
            return <Line key={item.key} row={row} name={key} index={item.index} start={item.start} columns={props.columns as Column<unknown>[]} isSelected={props.selected?.has(key)} onOpen={props.onOpen as ((row: unknown) => void) | undefined} onSelect={props.onSelect} />;
          })}
        </div>
      </div>
    </div>
  );
}

interface LineProps {
  row: unknown;
  name: string;
  index: number;
  /** Pixels from the top. */
  start: number;
  columns: Column<unknown>[];
  isSelected: boolean | undefined;
  onOpen?: (row: unknown) => void;
  onSelect?: (key: string) => void;
}

/** One row. While the list is scrolled only those that come are made. */
const Line = memo(function Line({ row, name, index, start, columns, isSelected, onOpen, onSelect }: LineProps) {
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      aria-selected={isSelected}
      className={classes.row}
      data-pressable={onOpen ? true : undefined}
      tabIndex={0}
      style={{ transform: `translateY(${start}px)` }}
      onClick={() => onOpen?.(row)}
      onKeyDown={(event) => {
        if (event.target !== event.currentTarget) return;
        if (event.key === "Enter") onOpen?.(row);
        if (event.key === "x") onSelect?.(name);
      }}
    >
      {columns.map((column) => (
        <div key={column.key} role="cell" data-numeric={column.numeric || undefined} data-wide={column.wide ? String(column.wide) : undefined}>
          {column.cell(row)}
        </div>
      ))}
    </div>
  );
});

/** A width that gives way: on a narrow screen all columns share what there is. */
function yielding(width: string): string {
  return width.replace(/minmax\([^,]+,/, "minmax(0,");
}

function keys(event: React.KeyboardEvent<HTMLElement>) {
  const step = { j: "nextElementSibling", k: "previousElementSibling" } as const;
  const direction = step[event.key as "j" | "k"];
  const at = document.activeElement;
  if (!direction || !(at instanceof HTMLElement) || at.getAttribute("role") !== "row") return;
  (at[direction] as HTMLElement | null)?.focus();
  event.preventDefault();
}
