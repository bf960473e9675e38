-- How a tenant looks.
CREATE TABLE brandings (
    tenant_id TEXT NOT NULL PRIMARY KEY REFERENCES tenants (id),
    branding TEXT NOT NULL, -- JSON
    set_by TEXT NOT NULL, -- a user's or token's key
    set_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);
