import classes from "./Chart.module.css";

interface SparklineProps {
  values: (number | null)[];
  /** Says what is seen: "Latency, last hour". */
  label: string;
  /** The fleet's median, drawn behind. */
  median?: number;
  /** The same where it has changed: one for each value. */
  medians?: (number | null)[];
  width?: number;
  height?: number;
  /** Whether what is below the line is tinted, down to zero. */
  isFilled?: boolean;
}

/** A line of values without axes; gaps where there is none. */
export function Sparkline({ values, label, median, medians = [], width = 120, height = 24, isFilled = false }: SparklineProps) {
  const known = values.filter((value): value is number => value !== null);
  if (known.length === 0) return null;
  const behind = medians.filter((value): value is number => value !== null);
  const top = Math.max(...known, ...behind, median ?? 0) || 1;
  const y = (value: number) => height - 2 - (value / top) * (height - 4);
  const x = (index: number) => (values.length < 2 ? width / 2 : (index / (values.length - 1)) * width);
  return (
    <svg className={classes.spark} width={width} height={height} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label}>
      {median !== undefined && <line className={classes.median} x1="0" x2={width} y1={y(median)} y2={y(median)} />}
      {isFilled && known.length === values.length && <path className={classes.area} d={`${path(values, x, y)}L${width} ${height}L0 ${height}Z`} />}
      {behind.length > 0 && <path className={classes.median} fill="none" d={path(medians, x, y)} />}
      <path className={classes.line} d={path(values, x, y)} />
    </svg>
  );
}

function path(values: (number | null)[], x: (index: number) => number, y: (value: number) => number): string {
  let pen = "M";
  let drawn = "";
  values.forEach((value, index) => {
    if (value === null) {
      pen = "M";
      return;
    }
    drawn += `${pen}${x(index).toFixed(1)} ${y(value).toFixed(1)}`;
    pen = "L";
  });
  return drawn;
}
