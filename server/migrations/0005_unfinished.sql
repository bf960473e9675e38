-- An event is written before what it tells of is begun, and again when that came to its end. Until then, or until this time,
-- it waits; one whose process died is told as `unfinished`.
ALTER TABLE audit_events ADD COLUMN unfinished_until BIGINT;
