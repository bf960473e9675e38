-- How much a tenant may have, as JSON: {"members": 50, "tokens": 100}. What is left out is not limited.
ALTER TABLE tenants ADD COLUMN quotas TEXT NOT NULL DEFAULT '{}';
