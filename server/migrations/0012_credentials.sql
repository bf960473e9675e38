-- What a connection shows its vendor, sealed by the vault.
ALTER TABLE connections ADD COLUMN credential TEXT;
