/** The same rule as the API's: a scope names an area and a level, and levels hold others. */
const EDIT = ["view", "execute", "operate", "create", "publish", "delete", "edit"];
const ADMIN = [...EDIT, "admin"];
const LEVELS: Record<string, readonly string[]> = {
  view: ["view"],
  execute: ["view", "execute"],
  operate: ["view", "execute", "operate"],
  create: ["view", "create"],
  publish: ["view", "publish"],
  delete: ["view", "delete"],
  edit: EDIT,
  admin: ADMIN,
  "*": ADMIN,
};

/** Whether one of the scopes that a session has holds the one that is needed. */
export function allows(held: readonly string[], needed: string): boolean {
  const [area, level = ""] = needed.split(":");
  return held.some((scope) => {
    const [its, given = ""] = scope.split(":");
    return (its === "*" || its === area) && (LEVELS[given] ?? []).includes(level);
  });
}
