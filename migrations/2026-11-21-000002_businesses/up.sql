-- Businesses (tenants), what each has set, and the people and keys that may act for it.
-- Every key of a tenant table starts with the business, so that no reference can cross from one tenant to another.
CREATE TABLE business (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name        text NOT NULL CHECK (length(trim(name)) BETWEEN 1 AND 200),
    language    text NOT NULL DEFAULT 'he' CHECK (language IN ('he', 'en')),
    time_zone   text NOT NULL DEFAULT 'Asia/Jerusalem',
    country     text NOT NULL DEFAULT 'IL' CHECK (country ~ '^[A-Z]{2}$'),
    created_at  timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE business IS 'A tenant: one small business';
COMMENT ON COLUMN business.language IS 'Language of its notes, summaries and notifications';
COMMENT ON COLUMN business.time_zone IS 'IANA name; calling windows and follow-ups are read in it';
COMMENT ON COLUMN business.country IS 'ISO 3166 alpha-2; local phone numbers are read as of this country';

CREATE TABLE business_settings (
    business_id          bigint PRIMARY KEY REFERENCES business (id),
    caller_number        text CHECK (caller_number ~ '^\+[1-9][0-9]{6,14}$'),
    max_outbound         smallint NOT NULL DEFAULT 3 CHECK (max_outbound BETWEEN 1 AND 1000),
    max_total            smallint NOT NULL DEFAULT 5,
    confidence_threshold double precision NOT NULL DEFAULT 0.65 CHECK (confidence_threshold BETWEEN 0 AND 1),
    automation           text NOT NULL DEFAULT 'on' CHECK (automation IN ('on', 'shadow')),
    calling_windows      jsonb,
    lead_zones           text[] NOT NULL DEFAULT '{}',
    min_gap_minutes      integer CHECK (min_gap_minutes BETWEEN 1 AND 43200),
    max_calls_per_day    smallint CHECK (max_calls_per_day BETWEEN 1 AND 100),
    quiet_hours          jsonb,
    transition_rules     jsonb,
    retry_policy         jsonb NOT NULL DEFAULT '{}',
    call_flow            jsonb NOT NULL DEFAULT '{"kind": "message"}',
    voicemail            jsonb NOT NULL DEFAULT '{"action": "go_on"}',
    ring_timeout_seconds smallint NOT NULL DEFAULT 30 CHECK (ring_timeout_seconds BETWEEN 5 AND 600),
    time_limit_seconds   integer NOT NULL DEFAULT 1800 CHECK (time_limit_seconds BETWEEN 10 AND 14400),
    version              bigint NOT NULL DEFAULT 1,
    updated_at           timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT total_holds_outbound CHECK (max_total BETWEEN max_outbound AND 1000)
);
COMMENT ON TABLE business_settings IS 'What a business has set; one row each';
COMMENT ON COLUMN business_settings.caller_number IS 'The number that the business calls from (E.164)';
COMMENT ON COLUMN business_settings.max_outbound IS 'Most outbound calls in the air at once; call_slots has exactly this many open outbound lines';
COMMENT ON COLUMN business_settings.max_total IS 'Most calls in the air at once, inbound ones included';
COMMENT ON COLUMN business_settings.confidence_threshold IS 'A suggestion below this changes nothing';
COMMENT ON COLUMN business_settings.automation IS 'shadow: decisions are recorded, not applied';
COMMENT ON COLUMN business_settings.calling_windows IS 'When it calls, in its time zone and in that of the person, where it is known; null is always';
COMMENT ON COLUMN business_settings.lead_zones IS 'Time zones that its leads have, or once had (IANA): for these a dialer knows where it is too early or too late';
COMMENT ON COLUMN business_settings.min_gap_minutes IS 'From one call to a person to the next, over all runs; null is no gap';
COMMENT ON COLUMN business_settings.max_calls_per_day IS 'Calls to a person in one day of its time zone, over all runs; null is no limit';
COMMENT ON COLUMN business_settings.voicemail IS 'What is done when a machine picks up: go_on, hang_up or leave_message';
COMMENT ON COLUMN business_settings.version IS 'Grows with each change; two people who edit at once get a conflict';
CREATE UNIQUE INDEX business_settings_caller_number ON business_settings (caller_number);

CREATE TABLE users (
    business_id     bigint REFERENCES business (id),
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email           text NOT NULL CHECK (email = lower(email) AND email LIKE '%_@_%'),
    full_name       text NOT NULL DEFAULT '',
    role            text NOT NULL CHECK (role IN ('system_admin', 'owner', 'admin', 'agent')),
    password_hash   text NOT NULL,
    language        text CHECK (language IN ('he', 'en')),
    created_at      timestamptz NOT NULL DEFAULT now(),
    disabled_at     timestamptz,
    CONSTRAINT only_system_admins_stand_above_businesses CHECK ((role = 'system_admin') = (business_id IS NULL)),
    CONSTRAINT users_business_id_id UNIQUE (business_id, id)
);
COMMENT ON TABLE users IS 'A person who signs in';
COMMENT ON COLUMN users.password_hash IS 'Argon2id in PHC form';
CREATE UNIQUE INDEX users_email ON users (email);

CREATE TABLE sessions (
    business_id  bigint,
    token_hash   bytea PRIMARY KEY,
    user_id      bigint NOT NULL REFERENCES users (id),
    created_at   timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz NOT NULL,
    FOREIGN KEY (business_id, user_id) REFERENCES users (business_id, id)
);
COMMENT ON TABLE sessions IS 'A signed-in user; the token itself is never stored';
COMMENT ON COLUMN sessions.token_hash IS 'HMAC-SHA256 of the token under SESSION_SECRET';
CREATE INDEX sessions_user ON sessions (user_id);

CREATE TABLE api_keys (
    business_id  bigint NOT NULL REFERENCES business (id),
    id           bigint GENERATED ALWAYS AS IDENTITY,
    name         text NOT NULL,
    prefix       text NOT NULL,
    key_hash     bytea NOT NULL,
    role         text NOT NULL DEFAULT 'admin' CHECK (role IN ('owner', 'admin', 'agent')),
    created_at   timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz,
    revoked_at   timestamptz,
    PRIMARY KEY (business_id, id)
);
COMMENT ON TABLE api_keys IS 'A key of a program that acts for a business; shown once, stored hashed';
COMMENT ON COLUMN api_keys.key_hash IS 'SHA-256 of the key, which itself has 256 random bits';
CREATE UNIQUE INDEX api_keys_prefix ON api_keys (prefix);

CREATE TABLE idempotency_keys (
    business_id   bigint NOT NULL REFERENCES business (id),
    key           text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
    request_hash  bytea NOT NULL,
    status        smallint NOT NULL,
    body          jsonb NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (business_id, key)
);
COMMENT ON TABLE idempotency_keys IS 'The answer that a write with this Idempotency-Key got, stored in the same transaction as its effect';
