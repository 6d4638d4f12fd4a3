CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);

CREATE TABLE accounts (
	id TEXT NOT NULL, 
	email TEXT NOT NULL, 
	email_key TEXT NOT NULL, 
	name TEXT NOT NULL, 
	language TEXT NOT NULL, 
	time_zone TEXT NOT NULL, 
	status TEXT NOT NULL, 
	password_hash TEXT NOT NULL, 
	security_stamp TEXT NOT NULL, 
	mfa_mode TEXT, 
	mfa_from BIGINT, 
	wrong_codes INTEGER NOT NULL, 
	wrong_codes_hour INTEGER NOT NULL, 
	wrong_hour_at BIGINT, 
	wrong_code_at BIGINT, 
	is_password_known BOOLEAN NOT NULL, 
	created_at BIGINT NOT NULL, 
	email_verified_at BIGINT, 
	password_changed_at BIGINT NOT NULL, 
	CONSTRAINT pk_accounts PRIMARY KEY (id), 
	CONSTRAINT uq_accounts_email_key UNIQUE (email_key)
);

CREATE TABLE ceremonies (
	owner TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	sealed BLOB NOT NULL, 
	expires_at BIGINT NOT NULL, 
	CONSTRAINT pk_ceremonies PRIMARY KEY (owner, kind)
);

CREATE INDEX ix_ceremonies_expires_at ON ceremonies (expires_at);

CREATE TABLE events (
	id TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	name TEXT NOT NULL, 
	actor TEXT NOT NULL, 
	subject TEXT, 
	organization_id TEXT, 
	ip TEXT NOT NULL, 
	user_agent TEXT NOT NULL, 
	place TEXT, 
	request_id TEXT NOT NULL, 
	data TEXT NOT NULL, 
	CONSTRAINT pk_events PRIMARY KEY (id)
);

CREATE INDEX ix_events_organization_id_id ON events (organization_id, id);

CREATE INDEX ix_events_subject_id ON events (subject, id);

CREATE TABLE organizations (
	id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	slug TEXT NOT NULL, 
	mfa_mode TEXT NOT NULL, 
	mfa_from BIGINT, 
	idle_minutes INTEGER, 
	created_at BIGINT NOT NULL, 
	CONSTRAINT pk_organizations PRIMARY KEY (id), 
	CONSTRAINT uq_organizations_slug UNIQUE (slug)
);

CREATE TABLE outbox (
	id TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	sealed BLOB NOT NULL, 
	created_at BIGINT NOT NULL, 
	due_at BIGINT NOT NULL, 
	tries INTEGER NOT NULL, 
	CONSTRAINT pk_outbox PRIMARY KEY (id)
);

CREATE INDEX ix_outbox_due_at ON outbox (due_at);

CREATE TABLE attempts (
	id TEXT NOT NULL, 
	reference TEXT NOT NULL, 
	account_id TEXT, 
	email_digest TEXT NOT NULL, 
	started_at BIGINT NOT NULL, 
	expires_at BIGINT NOT NULL, 
	version INTEGER NOT NULL, 
	stamp TEXT, 
	is_password_weak BOOLEAN NOT NULL, 
	proof TEXT NOT NULL, 
	amr TEXT NOT NULL, 
	wrong_codes INTEGER NOT NULL, 
	outcome TEXT, 
	ended_at BIGINT, 
	session_id TEXT, 
	ip TEXT NOT NULL, 
	user_agent TEXT NOT NULL, 
	place TEXT, 
	CONSTRAINT pk_attempts PRIMARY KEY (id), 
	CONSTRAINT fk_attempts_account_id FOREIGN KEY(account_id) REFERENCES accounts (id) ON DELETE CASCADE
);

CREATE INDEX ix_attempts_account_id_started_at ON attempts (account_id, started_at);

CREATE INDEX ix_attempts_reference ON attempts (reference);

CREATE TABLE credentials (
	id TEXT NOT NULL, 
	account_id TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	label TEXT NOT NULL, 
	sealed BLOB NOT NULL, 
	version INTEGER NOT NULL, 
	created_at BIGINT NOT NULL, 
	confirmed_at BIGINT, 
	last_used_at BIGINT, 
	CONSTRAINT pk_credentials PRIMARY KEY (id), 
	CONSTRAINT fk_credentials_account_id FOREIGN KEY(account_id) REFERENCES accounts (id) ON DELETE CASCADE
);

CREATE INDEX ix_credentials_account_id ON credentials (account_id);

CREATE TABLE links (
	id TEXT NOT NULL, 
	account_id TEXT NOT NULL, 
	purpose TEXT NOT NULL, 
	stamp TEXT NOT NULL, 
	proof TEXT NOT NULL, 
	created_at BIGINT NOT NULL, 
	expires_at BIGINT NOT NULL, 
	used_at BIGINT, 
	CONSTRAINT pk_links PRIMARY KEY (id), 
	CONSTRAINT fk_links_account_id FOREIGN KEY(account_id) REFERENCES accounts (id) ON DELETE CASCADE
);

CREATE INDEX ix_links_account_id_purpose ON links (account_id, purpose);

CREATE INDEX ix_links_expires_at ON links (expires_at);

CREATE TABLE memberships (
	account_id TEXT NOT NULL, 
	organization_id TEXT NOT NULL, 
	role TEXT NOT NULL, 
	created_at BIGINT NOT NULL, 
	CONSTRAINT pk_memberships PRIMARY KEY (account_id, organization_id), 
	CONSTRAINT fk_memberships_account_id FOREIGN KEY(account_id) REFERENCES accounts (id) ON DELETE CASCADE, 
	CONSTRAINT fk_memberships_organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) ON DELETE CASCADE
);

CREATE INDEX ix_memberships_organization_id ON memberships (organization_id);

CREATE TABLE sessions (
	id TEXT NOT NULL, 
	account_id TEXT NOT NULL, 
	stamp TEXT NOT NULL, 
	started_at BIGINT NOT NULL, 
	expires_at BIGINT NOT NULL, 
	seen_at BIGINT NOT NULL, 
	proven_at BIGINT NOT NULL, 
	amr TEXT NOT NULL, 
	idle_minutes INTEGER, 
	ip TEXT NOT NULL, 
	user_agent TEXT NOT NULL, 
	place TEXT, 
	ended_at BIGINT, 
	end_reason TEXT, 
	CONSTRAINT pk_sessions PRIMARY KEY (id), 
	CONSTRAINT fk_sessions_account_id FOREIGN KEY(account_id) REFERENCES accounts (id) ON DELETE CASCADE
);

CREATE INDEX ix_sessions_account_id_started_at ON sessions (account_id, started_at);

CREATE INDEX ix_sessions_expires_at ON sessions (expires_at);

INSERT INTO alembic_version VALUES ('0001');

