-- Queries that take long, as their processes tell of them, so that others can list and stop them.
CREATE TABLE running_queries (
    id TEXT PRIMARY KEY,
    process TEXT NOT NULL,
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    asker TEXT NOT NULL,
    query TEXT NOT NULL,
    told_at BIGINT NOT NULL,
    stop BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX running_queries_tenant ON running_queries (tenant_id);
