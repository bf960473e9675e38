-- Which calls of hooks were answered: one that its sender repeats, at whichever process, is told so. Those of a hook that is gone go with age.
CREATE TABLE hook_calls (
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    hook_id TEXT NOT NULL,
    mark TEXT NOT NULL, -- the sum of its number and of what it says
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, hook_id, mark)
);
CREATE INDEX hook_calls_by_time ON hook_calls (seen_at);
