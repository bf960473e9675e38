-- Which of a tenant's jobs are dead, and whether one of the same was done since, is asked for its alert rules and by the doctor: without it all
-- jobs are gone through.
CREATE INDEX jobs_dead ON jobs (tenant_id, kind, subject, changed_at) WHERE state = 'dead';
