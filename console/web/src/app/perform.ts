import type { QueryKey } from "@tanstack/react-query";
import { failed, said } from "../ui/confirm";
import type { ActionContext } from "./features";

/** What was done, in a sentence, and the way back where there is one. */
export interface Done {
  message: string;
  undo?: () => Promise<unknown>;
}

/**
 * Do something, say how it went, and read again what it may have changed.
 *
 * The work resolves to what was done, or to nothing where it has said so itself. Resolves to whether it has succeeded;
 * errors are said here.
 */
export async function perform({ queries }: Pick<ActionContext, "queries">, changes: QueryKey, work: () => Promise<string | Done | void>): Promise<boolean> {
  const readAgain = () => queries.invalidateQueries({ queryKey: changes });
  let isDone = true;
  try {
    const done = await work();
    if (typeof done === "string") said(done);
    else if (done) said(done.message, done.undo && (() => done.undo!().finally(() => void readAgain())));
  } catch (error) {
    failed(error);
    isDone = false;
  }
  await readAgain();
  return isDone;
}
