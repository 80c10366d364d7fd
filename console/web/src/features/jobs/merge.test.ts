import { expect, test } from "vitest";
import { merged } from "./merge";
import type { Job, JobStatus } from "./queries";

const job = (job_id: number, status: JobStatus = "completed") => ({ job_id, status }) as Job;
const ids = (pages: readonly { jobs: Job[] }[]) => pages.map(({ jobs }) => jobs.map((one) => one.job_id));

test("a list of one page is the newest one", () => {
  expect(ids(merged([{ jobs: [job(2), job(1)], more: false }], { jobs: [job(3), job(2), job(1)], more: false }, [], []))).toEqual([[3, 2, 1]]);
});

test("new jobs come to the front of a long list, and nothing is twice or missing", () => {
  const pages = [{ jobs: [job(6), job(5)], more: true }, { jobs: [job(4), job(3)], more: true }];
  expect(ids(merged(pages, { jobs: [job(8), job(7)], more: true }, [], []))).toEqual([[8, 7, 6, 5], [4, 3]]);
  expect(ids(merged(pages, { jobs: [job(7), job(6)], more: true }, [], []))).toEqual([[7, 6, 5], [4, 3]]);
});

test("a job that has changed is new in its place, and gone where the filter does not want it any more", () => {
  const pages = [{ jobs: [job(6)], more: true }, { jobs: [job(4, "active"), job(3)], more: false }];
  const newest = { jobs: [job(6)], more: true };
  expect(merged(pages, newest, [job(4, "failed")], [])[1]!.jobs[0]).toEqual(job(4, "failed"));
  expect(ids(merged(pages, newest, [job(4, "failed")], ["active", "completed"]))).toEqual([[6], [3]]);
});
