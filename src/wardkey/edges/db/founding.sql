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
	password_changed_at BIGINT NOT NULL, passkey_offer_from BIGINT, 
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
	created_at BIGINT NOT NULL, allows_trusted_devices BOOLEAN DEFAULT 1 NOT NULL, is_passkey_enough BOOLEAN DEFAULT 0 NOT NULL, 
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
	place TEXT, first_factor TEXT DEFAULT 'password' NOT NULL, device TEXT, trusted_device TEXT, wants_trust BOOLEAN DEFAULT 0 NOT NULL, can_hold_passkey BOOLEAN DEFAULT 0 NOT NULL, 
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
	last_used_at BIGINT, is_method BOOLEAN DEFAULT 1 NOT NULL, external_id TEXT, relying_party TEXT, 
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
	used_at BIGINT, sealed BLOB, 
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

CREATE UNIQUE INDEX ix_credentials_external_id ON credentials (external_id);

CREATE TABLE known_devices (
	id TEXT NOT NULL, 
	account_id TEXT NOT NULL, 
	device TEXT NOT NULL, 
	first_seen_at BIGINT NOT NULL, 
	last_seen_at BIGINT NOT NULL, 
	sign_ins INTEGER NOT NULL, 
	ip TEXT NOT NULL, 
	user_agent TEXT NOT NULL, 
	place TEXT, 
	CONSTRAINT pk_known_devices PRIMARY KEY (id), 
	CONSTRAINT fk_known_devices_account_id FOREIGN KEY(account_id) REFERENCES accounts (id) ON DELETE CASCADE
);

CREATE UNIQUE INDEX ix_known_devices_account_id_device ON known_devices (account_id, device);

CREATE INDEX ix_known_devices_last_seen_at ON known_devices (last_seen_at);

CREATE TABLE trusted_devices (
	id TEXT NOT NULL, 
	account_id TEXT NOT NULL, 
	token TEXT NOT NULL, 
	device TEXT NOT NULL, 
	stamp TEXT NOT NULL, 
	created_at BIGINT NOT NULL, 
	expires_at BIGINT NOT NULL, 
	last_used_at BIGINT NOT NULL, 
	uses INTEGER NOT NULL, 
	ip TEXT NOT NULL, 
	user_agent TEXT NOT NULL, 
	place TEXT, 
	CONSTRAINT pk_trusted_devices PRIMARY KEY (id), 
	CONSTRAINT fk_trusted_devices_account_id FOREIGN KEY(account_id) REFERENCES accounts (id) ON DELETE CASCADE
);

CREATE UNIQUE INDEX ix_trusted_devices_token_account_id ON trusted_devices (token, account_id);

CREATE INDEX ix_trusted_devices_account_id ON trusted_devices (account_id);

CREATE INDEX ix_trusted_devices_expires_at ON trusted_devices (expires_at);

CREATE TABLE texts (
	id TEXT NOT NULL, 
	account_id TEXT NOT NULL, 
	purpose TEXT NOT NULL, 
	number TEXT NOT NULL, 
	prefix TEXT NOT NULL, 
	country TEXT NOT NULL, 
	network TEXT NOT NULL, 
	created_at BIGINT NOT NULL, 
	expires_at BIGINT NOT NULL, 
	status TEXT NOT NULL, 
	tried TEXT NOT NULL, 
	sender TEXT, 
	provider_id TEXT, 
	sent_at BIGINT, 
	entered_at BIGINT, 
	why TEXT, 
	sealed BLOB, 
	CONSTRAINT pk_texts PRIMARY KEY (id), 
	CONSTRAINT fk_texts_account_id FOREIGN KEY(account_id) REFERENCES accounts (id) ON DELETE CASCADE
);

CREATE INDEX ix_texts_created_at ON texts (created_at);

CREATE INDEX ix_texts_account_id_created_at ON texts (account_id, created_at);

CREATE INDEX ix_texts_prefix_created_at ON texts (prefix, created_at);

CREATE INDEX ix_texts_expires_at ON texts (expires_at) WHERE sealed IS NOT NULL;

CREATE INDEX ix_texts_country_created_at_entered_at ON texts (country, created_at, entered_at);

CREATE INDEX ix_texts_network_created_at ON texts (network, created_at);

CREATE INDEX ix_texts_provider_id ON texts (provider_id);

CREATE TABLE text_stops (
	prefix TEXT NOT NULL, 
	country TEXT NOT NULL, 
	why TEXT NOT NULL, 
	since BIGINT NOT NULL, 
	until BIGINT NOT NULL, 
	CONSTRAINT pk_text_stops PRIMARY KEY (prefix)
);

CREATE INDEX ix_text_stops_until ON text_stops (until);

CREATE TABLE brands (
	organization_id TEXT NOT NULL, 
	name TEXT, 
	color TEXT, 
	sender_name TEXT, 
	logo BLOB, 
	logo_type TEXT, 
	changed_at BIGINT NOT NULL, 
	CONSTRAINT pk_brands PRIMARY KEY (organization_id), 
	CONSTRAINT fk_brands_organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) ON DELETE CASCADE
);

INSERT INTO alembic_version VALUES ('0002');

