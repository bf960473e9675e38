-- What a tenant wants to be told of, and what it was told of.

CREATE TABLE alert_rules (
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    name TEXT NOT NULL,
    rule TEXT NOT NULL, -- JSON: the condition, how long it has to hold, who is told
    owner TEXT NOT NULL, -- the user as whom it looks
    watches_jobs BIGINT NOT NULL, -- 1: it looks at jobs, and is looked at when one ends
    muted_until BIGINT NOT NULL, -- nobody is told before that; 0: it is not muted
    fault TEXT NOT NULL, -- why it looks at nothing; '': it does
    looked_at BIGINT NOT NULL, -- when it was last looked at; 0: never
    seen_until BIGINT NOT NULL, -- the end of the last period that it has seen; 0: none
    set_by TEXT NOT NULL,
    set_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, name)
);

CREATE TABLE alerts (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    rule TEXT NOT NULL,
    key TEXT NOT NULL, -- what of the rule it is about; '': all of it
    owner TEXT NOT NULL, -- the user as whom the rule looked
    title TEXT NOT NULL,
    severity TEXT NOT NULL, -- info, warning, critical
    state TEXT NOT NULL, -- pending, firing, acknowledged, cleared
    reason TEXT NOT NULL,
    value TEXT NOT NULL, -- JSON: a number, or null
    evidence TEXT NOT NULL, -- where the rows behind it are; '': nowhere
    members TEXT NOT NULL, -- JSON: what it is about, each with its value
    since BIGINT NOT NULL, -- since when the condition holds
    fired_at BIGINT, -- NULL: it did not hold for long enough
    clearing_since BIGINT, -- since when it does not hold any more, while that is not long enough
    told_at BIGINT, -- when people were told; NULL: not yet
    escalated_at BIGINT,
    acknowledged_at BIGINT,
    acknowledged_by TEXT,
    cleared_at BIGINT,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL
);
-- One open alert of a rule and key.
CREATE UNIQUE INDEX alerts_open ON alerts (tenant_id, rule, key) WHERE state IN ('pending', 'firing', 'acknowledged');
CREATE INDEX alerts_by_time ON alerts (tenant_id, created_at, id);
CREATE INDEX alerts_over ON alerts (changed_at) WHERE state = 'cleared';

-- Each change of an alert's state.
CREATE TABLE alert_steps (
    alert_id TEXT NOT NULL REFERENCES alerts (id),
    number BIGINT NOT NULL,
    at BIGINT NOT NULL,
    state TEXT NOT NULL,
    value TEXT NOT NULL, -- JSON
    reason TEXT NOT NULL,
    PRIMARY KEY (alert_id, number)
);

-- When a tenant's rules are to be looked at though nothing was modelled: something has held for long enough then, or a night ends.
CREATE TABLE alert_clocks (
    tenant_id TEXT PRIMARY KEY REFERENCES tenants (id),
    next_at BIGINT NOT NULL
);
CREATE INDEX alert_clocks_due ON alert_clocks (next_at);

-- Whether a job that died was done since.
CREATE INDEX jobs_done ON jobs (tenant_id, kind, subject, changed_at) WHERE state = 'succeeded';
