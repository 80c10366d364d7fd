import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef } from "react";
import classes from "./Table.module.css";

export interface Column<Row> {
  key: string;
  title: string;
  /** Width in the CSS grid: `minmax(10rem, 2fr)`, `6rem`. */
  width: string;
  numeric?: boolean;
  /** Left out on narrow screens. */
  wide?: boolean;
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
  const narrow = props.columns.filter((column) => !column.wide).map((column) => column.width).join(" ");
  return (
    <div
      className={classes.table}
      role="table"
      aria-label={props.label}
      aria-rowcount={rows.length + 1}
      ref={(node) => {
        node?.style.setProperty("--columns", template);
        node?.style.setProperty("--columns-narrow", narrow);
      }}
    >
      <div role="rowgroup">
        <div className={classes.head} role="row">
          {props.columns.map((column) => (
            <div key={column.key} role="columnheader" data-numeric={column.numeric || undefined} data-wide={column.wide || undefined}>
              {column.title}
            </div>
          ))}
        </div>
      </div>
      <div className={classes.scroller} ref={scroller} role="presentation" style={{ height: virtual.getTotalSize() }} onKeyDown={keys}>
        <div role="rowgroup" className={classes.body} style={{ height: virtual.getTotalSize() }}>
          {items.map((item) => {
            const row = rows[item.index]!;
            const key = props.rowKey(row);
            return (
              <div
                key={item.key}
                role="row"
                aria-rowindex={item.index + 2}
                aria-selected={props.selected ? props.selected.has(key) : undefined}
                className={classes.row}
                data-pressable={props.onOpen ? true : undefined}
                tabIndex={0}
                style={{ transform: `translateY(${item.start}px)` }}
                onClick={() => props.onOpen?.(row)}
                onKeyDown={(event) => {
                  if (event.target !== event.currentTarget) return;
                  if (event.key === "Enter") props.onOpen?.(row);
                  if (event.key === "x") props.onSelect?.(key);
                }}
              >
                {props.columns.map((column) => (
                  <div key={column.key} role="cell" data-numeric={column.numeric || undefined} data-wide={column.wide || undefined}>
                    {column.cell(row)}
                  </div>
                ))}
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

function keys(event: React.KeyboardEvent<HTMLElement>) {
  const step = { j: "nextElementSibling", k: "previousElementSibling" } as const;
  const direction = step[event.key as "j" | "k"];
  const at = document.activeElement;
  if (!direction || !(at instanceof HTMLElement) || at.getAttribute("role") !== "row") return;
  (at[direction] as HTMLElement | null)?.focus();
  event.preventDefault();
}
