-- Queries that somebody saved. What they say stands with each of their versions.
CREATE TABLE saved_queries (
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    id TEXT NOT NULL,
    owner TEXT NOT NULL, -- a user's key, or that of a service's token
    shared BIGINT NOT NULL, -- 1 for one that all of the tenant see who ask in SQL
    created_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);

CREATE TABLE saved_query_versions (
    tenant_id TEXT NOT NULL,
    query_id TEXT NOT NULL,
    version BIGINT NOT NULL,
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    sql TEXT NOT NULL,
    parameters TEXT NOT NULL, -- JSON: [{"name": "from", "type": "date", "default": "2026-01-01"}, ...]
    shared BIGINT NOT NULL, -- 1 where others may read this version
    set_by TEXT NOT NULL,
    set_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, query_id, version),
    FOREIGN KEY (tenant_id, query_id) REFERENCES saved_queries (tenant_id, id)
);
