/** In which groups several users are together, and what somebody changes of it. */

/** Whether all of the users are in a group, some of them, or none. */
export type Choice = "all" | "some" | "none";

export interface GroupChange {
  add: string[];
  remove: string[];
}

/** How it is for each group. */
export function begun(groups: readonly string[], users: readonly (readonly string[])[]): Record<string, Choice> {
  const choiceOf = (name: string): Choice => {
    const count = users.filter((its) => its.includes(name)).length;
    if (count === 0) return "none";
    return count === users.length ? "all" : "some";
  };
  return Object.fromEntries(groups.map((name) => [name, choiceOf(name)]));
}

/** What a press makes of a choice; "some" can be had again only where it was so. */
export function next(choice: Choice | undefined, before: Choice | undefined): Choice {
  if (choice === "some") return "all";
  if (choice === "all") return "none";
  return before === "some" ? "some" : "all";
}

/** What differs from how it was. */
export function changeOf(before: Record<string, Choice>, after: Record<string, Choice>): GroupChange {
  const to = (choice: Choice) => Object.keys(after).filter((name) => after[name] === choice && before[name] !== choice);
  return { add: to("all"), remove: to("none") };
}
