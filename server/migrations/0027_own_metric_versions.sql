-- What metrics that a tenant defined itself were before they were changed or taken away.
CREATE TABLE own_metric_versions (
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    name TEXT NOT NULL,
    version BIGINT NOT NULL,
    text TEXT NOT NULL, -- empty where it was taken away
    set_by TEXT NOT NULL,
    set_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, name, version)
);
