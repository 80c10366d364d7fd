/** A long list of jobs, kept new without reading all of it again. */
import type { Job, JobStatus } from "./queries";

export interface Page {
  jobs: Job[];
  more: boolean;
}

/**
 * The pages with the newest jobs put before them and changed ones in their places.
 *
 * The first page grows by what is new; jobs that no longer are as the filter wants are left out.
 */
export function merged(pages: readonly Page[], newest: Page, changed: readonly Job[], wanted: readonly JobStatus[]): Page[] {
  if (pages.length <= 1) return [newest];
  const end = newest.jobs.at(-1)?.job_id ?? 0;
  const fresh = new Map(changed.map((one) => [one.job_id, one]));
  const isWanted = ({ status }: Job) => wanted.length === 0 || wanted.includes(status);
  return pages.map((page, index) => {
    const older = page.jobs.filter(({ job_id }) => job_id < end).map((one) => fresh.get(one.job_id) ?? one).filter(isWanted);
    return { ...page, jobs: index === 0 ? [...newest.jobs, ...older] : older };
  });
}
