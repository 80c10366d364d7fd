import type { Permission, Permissions } from "./queries";

/** Who may use one command in one realm, and why. */
export interface Rule {
  command: string;
  realm: string;
  level: string;
  /** What was decided; undefined: the command's default holds. */
  decided?: Permission;
}

/** Every command with its rule: those of workers, and those about which something is decided. */
export function rulesOf(list: Permissions): Rule[] {
  const decided: Rule[] = list.permissions.map((one) => ({ command: one.command, realm: one.realm ?? "", level: one.level, decided: one }));
  const known = new Set(decided.filter((rule) => !rule.realm).map((rule) => rule.command));
  const byDefault = (level: string) => (command: string) => ({ command, realm: "", level });
  const rest = [...list.admin_commands.map(byDefault("admin")), ...list.user_commands.map(byDefault("user"))];
  return [...decided, ...rest.filter((rule) => !known.has(rule.command))].sort(
    (a, b) => a.command.localeCompare(b.command) || a.realm.localeCompare(b.realm),
  );
}
