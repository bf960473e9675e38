-- Reports that a tenant defined, and those that were made.

CREATE TABLE report_definitions (
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    name TEXT NOT NULL,
    plan TEXT NOT NULL, -- JSON: what is in it, as which files, for whom, and for how long they are kept
    set_by TEXT NOT NULL, -- a user's or token's key: under whose authority it is made
    set_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, name)
);

CREATE TABLE reports (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    name TEXT NOT NULL, -- the definition's
    job_id TEXT NOT NULL, -- the job that makes it
    asked TEXT NOT NULL, -- JSON: what is in it, as what file, and of which as-of
    asked_by TEXT NOT NULL, -- a user's or token's key: under whose authority it is made
    sees TEXT NOT NULL, -- JSON: whose rows are in it
    recipients TEXT NOT NULL, -- JSON: the addresses that it is made for
    places TEXT NOT NULL, -- JSON: the destinations and stores that it is made for
    state TEXT NOT NULL, -- making, ready, refused, failed
    reason TEXT NOT NULL, -- why
    file TEXT, -- where it stands in the tenant's storage
    bytes BIGINT,
    sum TEXT, -- the SHA-256 sum of the file
    created_at BIGINT NOT NULL,
    made_at BIGINT,
    expires_at BIGINT NOT NULL
);
CREATE INDEX reports_by_time ON reports (tenant_id, created_at, id);
CREATE INDEX reports_expired ON reports (tenant_id, expires_at);
