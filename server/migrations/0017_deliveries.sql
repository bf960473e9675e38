-- What is handed to somebody, and how that went.

-- Where a tenant has things delivered: addresses that may be secrets themselves.
CREATE TABLE destinations (
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    name TEXT NOT NULL,
    kind TEXT NOT NULL, -- webhook, slack, teams
    host TEXT NOT NULL, -- of the address, which is sealed
    sealed TEXT NOT NULL, -- JSON: the address, and what calls are signed with
    has_secret BIGINT NOT NULL, -- 1: calls are signed
    set_by TEXT NOT NULL, -- a user's or token's key
    set_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, name)
);

-- What is handed over, once for all who get it.
CREATE TABLE parcels (
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    key TEXT NOT NULL, -- whoever makes it again makes none
    parcel TEXT NOT NULL, -- JSON
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, key)
);
CREATE INDEX parcels_by_time ON parcels (created_at);

-- One parcel, to one recipient, by one channel. The job `deliver` of that subject does it.
CREATE TABLE deliveries (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    parcel_key TEXT NOT NULL,
    channel TEXT NOT NULL, -- JSON: how, and to whom
    subject TEXT NOT NULL,
    state TEXT NOT NULL, -- queued, sending, failed; and at the end delivered, dead, cancelled
    reason TEXT NOT NULL, -- why it is in that state
    tries BIGINT NOT NULL, -- how many were begun since it was asked for
    unknown BIGINT NOT NULL, -- of those, how many may have arrived, for all that is known
    next_at BIGINT NOT NULL, -- before when it is not tried again; 0: at once
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX deliveries_once ON deliveries (tenant_id, parcel_key, channel);
CREATE INDEX deliveries_by_time ON deliveries (tenant_id, created_at, id);
CREATE INDEX deliveries_over ON deliveries (changed_at) WHERE state IN ('delivered', 'dead', 'cancelled');

-- Each try.
CREATE TABLE delivery_attempts (
    delivery_id TEXT NOT NULL REFERENCES deliveries (id),
    number BIGINT NOT NULL,
    began_at BIGINT NOT NULL,
    milliseconds BIGINT, -- how long it took; NULL: it is under way, or was broken off
    outcome TEXT NOT NULL, -- '' while it is under way; delivered, again, unknown, never, interrupted
    said TEXT NOT NULL, -- what was answered, or what went wrong
    PRIMARY KEY (delivery_id, number)
);
