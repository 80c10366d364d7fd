/** A length in the unit in which people say it. */
export function length(metres: number, language: string): string {
  const isFar = metres >= 1000;
  const style = { style: "unit", unit: isFar ? "kilometer" : "meter", unitDisplay: "short", maximumSignificantDigits: 3 } as const;
  return new Intl.NumberFormat(language, style).format(isFar ? metres / 1000 : metres);
}
