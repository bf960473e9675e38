-- Addresses at which other programs ask for a job.
CREATE TABLE hooks (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    input TEXT NOT NULL, -- JSON
    secret TEXT NOT NULL, -- sealed by the vault
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    called_at BIGINT, -- the last time that it was called with its secret
    UNIQUE (tenant_id, name)
);
