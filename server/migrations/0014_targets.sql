-- What a tenant aims at.
CREATE TABLE targets (
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    metric TEXT NOT NULL,
    value TEXT NOT NULL, -- a number as JSON, in the metric's unit
    set_by TEXT NOT NULL, -- a user's or token's key
    set_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, metric)
);
