/** Time zones that the browser knows, to be offered while somebody types one. */
export const ZONES = Intl.supportedValuesOf("timeZone");

/** Zones that are offered at once. */
export const MOST_ZONES = 6;
