-- What was left of a vendor's budgets when it was last asked for a connection: numbers alone.
CREATE TABLE budgets (
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    connection TEXT NOT NULL,
    name TEXT NOT NULL, -- what the vendor calls it
    at_most BIGINT NOT NULL, -- how much there is of it each time
    remaining BIGINT NOT NULL,
    resets_at BIGINT NOT NULL,
    told_at BIGINT NOT NULL, -- when the vendor said so, by its own clock
    PRIMARY KEY (tenant_id, connection, name)
);
