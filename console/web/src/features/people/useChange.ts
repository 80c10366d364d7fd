import { useQueryClient } from "@tanstack/react-query";
import { failed, said } from "../../ui/confirm";
import { ACCESS } from "./queries";

/** Do something, say how it went, and read everything about access again. */
export function useChange() {
  const queries = useQueryClient();
  return async function change<T>(work: () => Promise<T>, done: (result: T) => string): Promise<boolean> {
    let isDone = false;
    try {
      said(done(await work()));
      isDone = true;
    } catch (error) {
      failed(error);
    }
    await queries.invalidateQueries({ queryKey: ACCESS });
    return isDone;
  };
}
