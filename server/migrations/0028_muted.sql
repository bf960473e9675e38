-- What a member chose not to be told, as JSON: ["job.dead", "report.mail"].
ALTER TABLE members ADD COLUMN muted TEXT NOT NULL DEFAULT '[]';
