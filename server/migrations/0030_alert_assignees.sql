-- Whose an alert is, where somebody said so.
ALTER TABLE alerts ADD COLUMN assigned_to TEXT; -- a user's key; NULL: nobody's in particular
ALTER TABLE alerts ADD COLUMN assigned_at BIGINT;
ALTER TABLE alerts ADD COLUMN assigned_by TEXT;
