-- Who there is and what they may do. One text for SQLite and Postgres: ids and JSON are TEXT, times are microseconds
-- since 1970 (UTC), `version` counts a row's changes and is its ETag.

CREATE TABLE tenants (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    state TEXT NOT NULL, -- active, suspended, erased
    time_zone TEXT NOT NULL,
    locale TEXT NOT NULL,
    working_days TEXT NOT NULL, -- JSON: ["mon", ...]
    created_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);

CREATE TABLE users (
    id TEXT PRIMARY KEY,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL UNIQUE, -- the address in lower case
    name TEXT NOT NULL,
    password TEXT, -- argon2id, in the PHC format
    state TEXT NOT NULL, -- active, deactivated
    operator BIGINT NOT NULL, -- 1 for a platform operator
    created_at BIGINT NOT NULL,
    signed_in_at BIGINT,
    version BIGINT NOT NULL
);

CREATE TABLE roles (
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    permissions TEXT NOT NULL, -- JSON: ["metrics:read", ...]
    created_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, name)
);

-- A user's place in a tenant.
CREATE TABLE members (
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    user_id TEXT NOT NULL REFERENCES users (id),
    state TEXT NOT NULL, -- active, deactivated
    roles TEXT NOT NULL, -- JSON: names of roles, built-in or the tenant's own
    granted TEXT NOT NULL, -- JSON: permissions besides those of the roles
    denied TEXT NOT NULL, -- JSON: permissions that no role gives
    sees TEXT NOT NULL, -- JSON: "everything", or {"only": {"teams": [...], "projects": [...]}}
    created_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, user_id)
);
CREATE INDEX members_by_user ON members (user_id);

-- Tries to sign in, by address of mail whether anybody has it or not, and by where they came from.
CREATE TABLE tries (
    subject TEXT PRIMARY KEY,
    failures BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    retry_at BIGINT NOT NULL -- before then no password is looked at
);

-- A person who is signed in.
CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    tenant_id TEXT REFERENCES tenants (id), -- NULL: as a platform operator
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    ended_at BIGINT,
    ended_why TEXT,
    address TEXT NOT NULL,
    agent TEXT NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (user_id, created_at);

-- What a session is renewed with. Each works once; one that comes back after its time was stolen.
CREATE TABLE refresh_tokens (
    sum TEXT PRIMARY KEY, -- SHA-256
    session_id TEXT NOT NULL REFERENCES sessions (id),
    made_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX refresh_tokens_by_session ON refresh_tokens (session_id, made_at);

-- A secret that a program sends, kept as its SHA-256 sum.
CREATE TABLE api_tokens (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    user_id TEXT REFERENCES users (id), -- NULL: of a service
    name TEXT NOT NULL,
    sum TEXT NOT NULL UNIQUE,
    permissions TEXT NOT NULL, -- JSON
    sees TEXT NOT NULL, -- JSON, as of members
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT,
    revoked_at BIGINT
);
CREATE INDEX api_tokens_by_tenant ON api_tokens (tenant_id, created_at);

-- A link that works once: an invitation, or one that lets a new password be set.
CREATE TABLE links (
    sum TEXT PRIMARY KEY,
    kind TEXT NOT NULL, -- invitation, reset
    tenant_id TEXT REFERENCES tenants (id),
    user_id TEXT REFERENCES users (id),
    email TEXT, -- whose invitation it is; NULL: whoever opens it
    roles TEXT NOT NULL, -- JSON
    sees TEXT NOT NULL, -- JSON, as of members
    operator BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);

-- What access tokens are signed with. The private half is sealed with the vault's key.
CREATE TABLE signing_keys (
    id TEXT PRIMARY KEY,
    public TEXT NOT NULL,
    sealed TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    signs_until BIGINT NOT NULL,
    trusted_until BIGINT NOT NULL
);
