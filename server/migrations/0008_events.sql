-- What happens, for whoever looks on. The events of a tenant are numbered without a gap, in the order in which they hold.

CREATE TABLE event_heads (
    tenant_id TEXT PRIMARY KEY REFERENCES tenants (id),
    last BIGINT NOT NULL -- the number of its last event
);

CREATE TABLE events (
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    number BIGINT NOT NULL,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL, -- such as job.dead
    subject TEXT NOT NULL, -- what it is about: the id of a job or session
    user_id TEXT, -- whom it is for; NULL: everybody with the permission
    permission TEXT NOT NULL, -- '': none is needed
    notifies BIGINT NOT NULL, -- 1: it is kept until it was read, for those who were away
    detail TEXT NOT NULL, -- JSON
    PRIMARY KEY (tenant_id, number)
);
CREATE INDEX events_kept ON events (tenant_id, number) WHERE notifies = 1;
CREATE INDEX events_by_time ON events (notifies, at);

-- Who has read which of those that are kept.
CREATE TABLE event_reads (
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    user_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    read_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, user_id, number)
);
