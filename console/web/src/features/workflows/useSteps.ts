import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { parsePlain } from "../../api/plain";
import { stream, type LiveEvent } from "../../live/stream";
import { WORKFLOWS } from "./waiting";

/** Steps are events only while they are asked for by name, so this is a stream beside the one of all pages. */
const PATH = "/api/v1/events/stream?kinds=execution.step";
/** How long moves are collected before they are read, in milliseconds: of one, and of all. */
const COLLECT = 150;
const COLLECT_ALL = 1000;

/** Read executions again while they move: one, or all. Nothing is followed while there is nothing to follow. */
export function useSteps(isOpen: boolean, execution?: number): void {
  const client = useQueryClient();
  useEffect(() => {
    if (!isOpen || stream.connection().state === "paused") return;
    const key = execution === undefined ? [...WORKFLOWS, "executions"] : [...WORKFLOWS, "execution", execution];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const later = () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        void client.invalidateQueries({ queryKey: key });
      }, execution === undefined ? COLLECT_ALL : COLLECT);
    };
    const source = new EventSource(PATH);
    source.onmessage = (message) => {
      const { data } = parsePlain(message.data as string) as LiveEvent;
      if (execution === undefined || data.execution === execution) later();
    };
    // What has moved before it listened, or while it was lost.
    source.addEventListener("live", later);
    return () => {
      source.close();
      clearTimeout(timer);
    };
  }, [client, isOpen, execution]);
}
