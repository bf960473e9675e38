-- Work that is not a question: what is to be done, who is at it, and how it went.

CREATE TABLE jobs (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    kind TEXT NOT NULL,
    subject TEXT NOT NULL, -- what of that kind it is about, such as a connection; '' where there is but one
    run_id TEXT NOT NULL, -- the chain of jobs that it belongs to: the id of its first
    input TEXT NOT NULL, -- JSON
    state TEXT NOT NULL, -- queued, running, waiting, failed, paused; and at the end succeeded, dead, cancelled
    reason TEXT NOT NULL, -- why it is in that state
    priority BIGINT NOT NULL, -- the higher goes first
    due_at BIGINT NOT NULL, -- not before; 0: at once
    again BIGINT NOT NULL, -- 1: asked for once more while it ran
    next_input TEXT, -- JSON: what it was asked for with then
    wish TEXT NOT NULL, -- what its worker is asked for: '', cancel, pause
    attempt BIGINT NOT NULL,
    most_attempts BIGINT NOT NULL,
    epoch BIGINT NOT NULL, -- counts its workers: who has an old one can write nothing more
    beat BIGINT NOT NULL, -- counts its worker's signs of life
    worker TEXT,
    progress TEXT, -- JSON
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL
);
-- One open job of a kind and subject; those who ask for another get this one.
CREATE UNIQUE INDEX jobs_open ON jobs (tenant_id, kind, subject)
    WHERE state IN ('queued', 'running', 'waiting', 'failed', 'paused');
CREATE INDEX jobs_next ON jobs (tenant_id, priority DESC, due_at, id) WHERE state IN ('queued', 'waiting', 'failed');
CREATE INDEX jobs_due ON jobs (tenant_id, due_at) WHERE state IN ('queued', 'waiting', 'failed');
CREATE INDEX jobs_running ON jobs (tenant_id, kind) WHERE state = 'running';
CREATE INDEX jobs_by_time ON jobs (tenant_id, created_at, id);
CREATE INDEX jobs_by_run ON jobs (run_id, created_at, id);

-- Each change of a job's state.
CREATE TABLE job_steps (
    job_id TEXT NOT NULL REFERENCES jobs (id),
    number BIGINT NOT NULL,
    at BIGINT NOT NULL,
    state TEXT NOT NULL,
    attempt BIGINT NOT NULL,
    worker TEXT,
    reason TEXT NOT NULL,
    PRIMARY KEY (job_id, number)
);

-- Whose turn it is: tenants take turns, however much each has to do.
CREATE TABLE job_turns (
    tenant_id TEXT PRIMARY KEY REFERENCES tenants (id),
    served BIGINT NOT NULL, -- the number of its last turn
    next_due BIGINT -- when its next job is due; NULL when none is
);
CREATE INDEX job_turns_by_turn ON job_turns (served, tenant_id) WHERE next_due IS NOT NULL;

-- What a person has put on hold: a tenant, a kind, or a kind of one tenant. '' stands for all.
CREATE TABLE job_holds (
    tenant_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    held_by TEXT NOT NULL,
    held_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, kind)
);

-- What asks for a job by itself.
CREATE TABLE schedules (
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    input TEXT NOT NULL, -- JSON
    due TEXT NOT NULL, -- JSON: {"cron": {"pattern": "30 6 * * mon", "time_zone": "Europe/Berlin"}}, or {"every": 3600}
    paused BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, kind, subject)
);
CREATE INDEX schedules_due ON schedules (next_at) WHERE paused = 0;
