-- How much a tenant has in the lake, as a job saw it last.
CREATE TABLE lake_sizes (
    tenant_id TEXT PRIMARY KEY REFERENCES tenants (id),
    files BIGINT NOT NULL, -- data files of the newest versions of its tables
    bytes BIGINT NOT NULL,
    seen_at BIGINT NOT NULL
);
CREATE INDEX lake_sizes_by_size ON lake_sizes (bytes DESC, tenant_id);
