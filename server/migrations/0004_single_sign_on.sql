-- Who else may say who somebody is: a tenant's identity providers (OpenID Connect), and the people whom they named.

CREATE TABLE identity_providers (
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    name TEXT NOT NULL,
    issuer TEXT NOT NULL,
    client_id TEXT NOT NULL,
    client_secret TEXT, -- sealed with the vault's key; NULL for a client that has none
    scopes TEXT NOT NULL, -- JSON: ["email", ...]
    groups_claim TEXT NOT NULL,
    roles TEXT NOT NULL, -- JSON: what everybody gets who comes in by it
    group_roles TEXT NOT NULL, -- JSON: {"group": ["role", ...]}
    sees TEXT NOT NULL, -- JSON, as of members
    takes_unverified BIGINT NOT NULL, -- 1: an address counts though the provider does not call it verified
    active BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, name)
);

-- A person, as a provider knows them. Subjects are an issuer's, and one issuer may serve several tenants.
CREATE TABLE identities (
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, issuer, subject)
);
CREATE INDEX identities_by_user ON identities (user_id);

-- The provider that a session came in by; NULL: by password. Such a session stays in its tenant.
ALTER TABLE sessions ADD COLUMN provider TEXT;
