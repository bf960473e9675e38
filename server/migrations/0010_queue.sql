-- What a claim looks for stands in an index in the order that it is looked for, however much waits.
DROP INDEX jobs_next;
CREATE INDEX jobs_next ON jobs (tenant_id, priority DESC, due_at, created_at, id)
    WHERE state IN ('queued', 'waiting', 'failed');
CREATE INDEX job_turns_served ON job_turns (served);
-- Jobs that are over are forgotten after a while.
CREATE INDEX jobs_over ON jobs (changed_at) WHERE state IN ('succeeded', 'dead', 'cancelled');
