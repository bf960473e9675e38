-- When a vendor's budget is full again, by the clock of this database, which need not be the vendor's.
ALTER TABLE budgets ADD COLUMN full_at BIGINT NOT NULL DEFAULT 0;
