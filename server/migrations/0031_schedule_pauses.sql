-- Since when something is kept of what was, where that began after the tenants that it is about.
CREATE TABLE histories (
    name TEXT PRIMARY KEY,
    begun_at BIGINT NOT NULL
);
-- When schedules were paused, also of those that are gone by now.
CREATE TABLE schedule_pauses (
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    paused_at BIGINT NOT NULL,
    ended_at BIGINT, -- when it was resumed or removed; NULL: it is paused still
    PRIMARY KEY (tenant_id, kind, subject, paused_at)
);
CREATE INDEX schedule_pauses_over ON schedule_pauses (ended_at) WHERE ended_at IS NOT NULL;
