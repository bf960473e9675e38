-- Where a tenant's data come from.
CREATE TABLE connections (
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    name TEXT NOT NULL, -- the second part of every key that comes from it
    connector TEXT NOT NULL, -- such as git
    place TEXT NOT NULL, -- where it is read: for git a folder below the one that the operator opened for the tenant
    settings TEXT NOT NULL, -- JSON, as the connector takes it
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, name)
);
