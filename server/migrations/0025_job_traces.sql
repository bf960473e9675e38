-- The trace that a job goes on with, of whoever asked for it: the header traceparent of W3C. Written where processes are traced alone, and
-- gone with its job, whatever version forgets that.
CREATE TABLE job_traces (
    job_id TEXT PRIMARY KEY REFERENCES jobs (id) ON DELETE CASCADE,
    trace TEXT NOT NULL
);
