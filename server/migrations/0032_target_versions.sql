-- What targets were before they were changed or taken away.
CREATE TABLE target_versions (
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    metric TEXT NOT NULL,
    version BIGINT NOT NULL,
    value TEXT NOT NULL, -- a number as JSON, in the metric's unit; empty where it was taken away
    set_by TEXT NOT NULL,
    set_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, metric, version)
);
