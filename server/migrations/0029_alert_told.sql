-- Which of an alert's members people were told of: of one that joins it later they are told, too.
ALTER TABLE alerts ADD COLUMN told_keys TEXT NOT NULL DEFAULT ''; -- JSON: a list of keys; '': nobody was told, or all who were there then
