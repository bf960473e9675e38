-- The epoch of a worker that was given up, until it is shut out of the tenant's tables; 0: there is none.
ALTER TABLE jobs ADD COLUMN lost BIGINT NOT NULL DEFAULT 0;
CREATE INDEX jobs_lost ON jobs (tenant_id) WHERE lost > 0;
