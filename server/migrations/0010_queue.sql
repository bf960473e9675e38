-- What a claim looks for stands in an index in the order that it is looked for, however much waits.
DROP INDEX jobs_next;
CREATE INDEX jobs_next ON jobs (tenant_id, priority DESC, due_at, created_at, id)
    WHERE state IN ('queued', 'waiting', 'failed');
CREATE INDEX job_turns_served ON job_turns (served);
-- Jobs that are over are forgotten after a while.
CREATE INDEX jobs_over ON jobs (changed_at) WHERE state IN ('succeeded', 'dead', 'cancelled');

-- The runs that a job belongs to besides its own: who asks for a job that is open gets that one.
CREATE TABLE job_runs (
    run_id TEXT NOT NULL,
    job_id TEXT NOT NULL REFERENCES jobs (id),
    late BIGINT NOT NULL, -- 1: it came while the job ran, so that doing it once more is for it
    PRIMARY KEY (run_id, job_id)
);
CREATE INDEX job_runs_by_job ON job_runs (job_id);

-- The processes that do jobs.
CREATE TABLE workers (
    name TEXT PRIMARY KEY,
    places BIGINT NOT NULL, -- how many jobs it does at once
    seen_at BIGINT NOT NULL,
    drains BIGINT NOT NULL -- 1: it is to begin nothing more
);

-- What the platform holds, its tenants do not release.
ALTER TABLE job_holds RENAME TO job_holds_before;
CREATE TABLE job_holds (
    tenant_id TEXT NOT NULL, -- '': every tenant
    kind TEXT NOT NULL, -- '': every kind
    by_platform BIGINT NOT NULL,
    held_by TEXT NOT NULL,
    held_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, kind, by_platform)
);
INSERT INTO job_holds (tenant_id, kind, by_platform, held_by, held_at)
    SELECT tenant_id, kind, CASE WHEN tenant_id = '' THEN 1 ELSE 0 END, held_by, held_at FROM job_holds_before;
DROP TABLE job_holds_before;
