-- How tenants looked before that was changed.
CREATE TABLE branding_versions (
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    version BIGINT NOT NULL,
    branding TEXT NOT NULL, -- JSON
    set_by TEXT NOT NULL,
    set_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, version)
);
