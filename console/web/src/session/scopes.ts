/** The same rule as the API's: a scope names an area and a level, and levels are ordered. */
const LEVELS: Record<string, number> = { view: 1, operate: 2, execute: 2, edit: 3, create: 3, admin: 4, "*": 4 };

/** Whether one of the scopes that a session has reaches as far as the one that is needed. */
export function allows(held: readonly string[], needed: string): boolean {
  const [area, level = ""] = needed.split(":");
  return held.some((scope) => {
    const [its, height = ""] = scope.split(":");
    return (its === "*" || its === area) && (LEVELS[height] ?? 0) >= (LEVELS[level] ?? Infinity);
  });
}
