-- Who did what, on its way to the lake's `audit` tables. An event is numbered and summed here before it leaves, so that it is
-- the same however often that is tried.

CREATE TABLE audit_events (
    id TEXT PRIMARY KEY,
    tenant TEXT NOT NULL, -- whose trail; `platform` for what belongs to none
    at BIGINT NOT NULL,
    event TEXT NOT NULL, -- JSON
    sequence BIGINT,
    previous TEXT,
    sum TEXT
);
CREATE INDEX audit_events_by_tenant ON audit_events (tenant, at, id);

-- The last event of each trail that was numbered.
CREATE TABLE audit_heads (
    tenant TEXT PRIMARY KEY,
    trail TEXT NOT NULL, -- what this database's events are told from those of another by, should the lake get a new one
    sequence BIGINT NOT NULL,
    sum TEXT NOT NULL
);
