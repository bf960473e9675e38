-- What is left of a tenant that was erased: the proof that it was.

CREATE TABLE erasures (
    tenant_id TEXT PRIMARY KEY REFERENCES tenants (id),
    asked_at BIGINT NOT NULL,
    asked_by TEXT NOT NULL, -- a user's key
    done_at BIGINT, -- NULL while it is under way
    objects BIGINT NOT NULL, -- of the lake
    bytes BIGINT NOT NULL,
    rows TEXT NOT NULL -- JSON: how many of each table of this database
);
