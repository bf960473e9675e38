-- What a tenant decided about its figures, as JSON: {"hours": {…}, "flow": {…}}. What is left out has its default.
ALTER TABLE tenants ADD COLUMN rules TEXT NOT NULL DEFAULT '{}';
