-- Finished jobs are counted by status without looking at each row, however many are kept.
DROP INDEX jobs_finished;
CREATE INDEX jobs_finished ON jobs (finished_at, status) WHERE finished_at IS NOT NULL;

-- The items that failed come first on the page of a job, however many others it has.
CREATE INDEX job_items_failed ON job_items (job_id, position) WHERE state = 'failed';
