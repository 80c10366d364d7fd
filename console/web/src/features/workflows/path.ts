/** The steps of a definition one under the other, and what has become of each. */
import type { Definition, ExecutionStep, Step } from "./queries";

export interface Placed {
  step: Step;
  /** In how many blocks it stands. */
  depth: number;
  /** The block that begins with it, where there is a word for it. */
  branch?: { name: "else" | "branch" | "ifItFails" | "whenFails"; number: number };
}

/** All steps in the order of the document, those of blocks behind the step that has them. */
export function steps({ steps: own, on_failure }: Pick<Definition, "steps" | "on_failure">): Placed[] {
  return [...list(own, 0), ...list(on_failure ?? [], 0, "whenFails")];
}

function list(all: readonly Step[], depth: number, name?: NonNullable<Placed["branch"]>["name"], number = 1): Placed[] {
  return all.flatMap((step, index) => [
    { step, depth, branch: index === 0 && name ? { name, number } : undefined },
    ...list(step.then ?? [], depth + 1),
    ...list(step.else ?? [], depth + 1, "else"),
    ...list(step.steps ?? [], depth + 1),
    ...(step.branches ?? []).flatMap((branch, at) => list(branch, depth + 1, "branch", at + 1)),
    ...(Array.isArray(step.on_failure) ? list(step.on_failure, depth + 1, "ifItFails") : []),
  ]);
}

export interface Mark {
  status: string;
  /** How often it was done, in loops. */
  count: number;
  /** Number of the step that was done first. */
  first: number;
}

/** What matters more, where a step was done several times. */
const WEIGHT = ["skipped", "completed", "cancelled", "waiting", "running", "timeout", "failed"];

/** For each id of a step what has become of it. */
export function marked(done: readonly Pick<ExecutionStep, "id" | "step" | "status">[]): Map<string, Mark> {
  const found = new Map<string, Mark>();
  for (const { id, step, status } of done) {
    const before = found.get(step);
    const isWorse = !before || WEIGHT.indexOf(status) > WEIGHT.indexOf(before.status);
    found.set(step, { status: isWorse ? status : before.status, count: (before?.count ?? 0) + 1, first: before?.first ?? id });
  }
  return found;
}
