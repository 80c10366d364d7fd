import { type InfiniteData, type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { type LiveEvent, stream } from "../../live/stream";
import { type Run, type Schedule, SCHEDULES } from "./queries";

/** How long changes are collected before what they concern is read again, in milliseconds. */
const COLLECT = 150;

/** Read again what an event concerns, and of the runs only those of its schedule. */
export function useLive(): void {
  const client = useQueryClient();
  useEffect(() => {
    /** Jobs that were enqueued while the page is open: their runs may not have been read yet. */
    const jobs = new Map<number, string>();
    const stale = new Set<string>();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = stream.subscribe((event) => {
      const name = scheduleOf(event, jobs, client);
      if (name === undefined) return;
      stale.add(name);
      timer ??= setTimeout(() => {
        timer = undefined;
        void client.invalidateQueries({ queryKey: [...SCHEDULES, "list"] });
        for (const one of stale) {
          void client.invalidateQueries({ queryKey: [...SCHEDULES, "one", one] });
          void client.invalidateQueries({ queryKey: [...SCHEDULES, "runs", one] });
        }
        stale.clear();
      }, COLLECT);
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [client]);
}

function scheduleOf(event: LiveEvent, jobs: Map<number, string>, client: QueryClient): string | undefined {
  if (event.kind.startsWith("schedule.")) {
    const name = event.subject ?? undefined;
    if (name !== undefined && typeof event.data.job_id === "number") jobs.set(event.data.job_id, name);
    return name;
  }
  if (!event.kind.startsWith("job.")) return undefined;
  const job = Number(event.subject);
  return jobs.get(job) ?? ofJob(client, job);
}

/** The schedule of which a run that was read is this job. */
function ofJob(client: QueryClient, job: number): string | undefined {
  const lists = client.getQueriesData<InfiniteData<{ schedules: Schedule[] }>>({ queryKey: [...SCHEDULES, "list"] });
  const listed = lists.flatMap(([, data]) => data?.pages ?? []).flatMap((page) => page.schedules);
  const found = listed.find((one) => one.last_runs?.some((run) => run.job_id === job));
  if (found) return found.name;
  const histories = client.getQueriesData<InfiniteData<{ runs: Run[] }>>({ queryKey: [...SCHEDULES, "runs"] });
  return histories.find(([, data]) => data?.pages.some((page) => page.runs.some((run) => run.job_id === job)))?.[0][2] as string | undefined;
}
