import { type InfiniteData, useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef } from "react";
import { useEvents } from "../../live/hooks";
import type { LiveEvent } from "../../live/stream";
import { merged, type Page } from "./merge";
import { CHANGES, jobPage, PROGRESS_EVERY, progressEvery, jobQuery, jobsQuery, type JobStatus } from "./queries";

/** How long changes are collected, in milliseconds. */
const COLLECT = 300;
/** Changed jobs that are read one by one; of more of them, those further down stay as they are. */
const MOST_READ = 20;

/**
 * The jobs that are like that, page by page, live.
 *
 * After an event the newest page and the changed jobs are read, however many pages are open: somebody may have gone
 * through 100,000 of them.
 */
export function useJobList(status: JobStatus[], action: string) {
  const client = useQueryClient();
  const query = jobsQuery(status, action);
  const key = JSON.stringify(query.queryKey);
  const list = useInfiniteQuery(query);
  const changed = useRef(new Set<number>());
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  const refresh = useCallback(async () => {
    timer.current = undefined;
    const queryKey = JSON.parse(key) as readonly unknown[];
    const numbers = [...changed.current].slice(0, MOST_READ);
    changed.current = new Set();
    const before = client.getQueryData<InfiniteData<Page>>(queryKey);
    if (!before) return;
    const newest = await jobPage(status, action, null);
    const further = before.pages.length > 1 ? numbers : [];
    const jobs = await Promise.all(further.map((id) => client.fetchQuery({ ...jobQuery(id), staleTime: 0 }).catch(() => undefined)));
    client.setQueryData<InfiniteData<Page>>(queryKey, (now) => now && { ...now, pages: merged(now.pages, newest, jobs.filter((one) => one !== undefined), status) });
    // The key stands for the filter, which is new in each rendering.
  }, [client, key]);

  const later = useCallback(
    (event?: LiveEvent) => {
      if (event?.subject && event.kind.startsWith("job.")) changed.current.add(Number(event.subject));
      timer.current ??= setTimeout(() => void refresh().catch(() => undefined), COLLECT);
    },
    [refresh],
  );
  useEvents(CHANGES, later);

  // While another page was shown nobody has listened; a list of one page is read anew by itself.
  const isLong = (list.data?.pages.length ?? 0) > 1;
  useEffect(() => {
    if (isLong) later();
  }, [isLong, later]);

  const pages = list.data?.pages;
  const running = useMemo(() => JSON.stringify(pages?.flatMap(({ jobs }) => jobs).filter((one) => one.status === "active").map((one) => one.job_id) ?? []), [pages]);
  useEffect(() => {
    const ids = JSON.parse(running) as number[];
    if (ids.length === 0) return undefined;
    const every = setInterval(() => {
      if (progressEvery(true) === false) return;
      for (const id of ids) changed.current.add(id);
      later();
    }, PROGRESS_EVERY);
    return () => clearInterval(every);
  }, [running, later]);
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      timer.current = undefined;
    },
    [refresh],
  );
  return { ...list, refresh: later };
}
