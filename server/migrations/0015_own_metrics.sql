-- Metrics that a tenant defined itself.
CREATE TABLE own_metrics (
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    name TEXT NOT NULL,
    text TEXT NOT NULL, -- a header and a statement, as a file in sql/metrics/ has them
    set_by TEXT NOT NULL, -- a user's or token's key
    set_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, name)
);
