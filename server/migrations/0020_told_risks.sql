-- How each project stood when that was last told.
CREATE TABLE told_risks (
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    project_id TEXT NOT NULL,
    status TEXT NOT NULL,
    PRIMARY KEY (tenant_id, project_id)
);
