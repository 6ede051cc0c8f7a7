-- Leads and the board that they stand on. The status of a lead is one of its own business's ACTIVE statuses: the
-- foreign key carries the business and a constant true, so neither a foreign status nor an inactive one can be stored,
-- and a status cannot be switched off while leads stand in it.
CREATE TABLE lead_statuses (
    business_id  bigint NOT NULL REFERENCES business (id),
    id           bigint GENERATED ALWAYS AS IDENTITY,
    name         text NOT NULL CHECK (name ~ '^[^[:space:][:cntrl:]]{1,64}$'),
    label        text NOT NULL CHECK (length(trim(label)) BETWEEN 1 AND 80),
    color        text NOT NULL DEFAULT '#64748b' CHECK (color ~ '^#[0-9a-fA-F]{6}$'),
    order_index  integer NOT NULL DEFAULT 0,
    is_active    boolean NOT NULL DEFAULT true,
    is_default   boolean NOT NULL DEFAULT false,
    is_system    boolean NOT NULL DEFAULT false,
    is_protected boolean NOT NULL DEFAULT false,
    version      bigint NOT NULL DEFAULT 1,
    created_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (business_id, id),
    CONSTRAINT lead_statuses_name UNIQUE (business_id, name),
    CONSTRAINT lead_statuses_active_name UNIQUE (business_id, name, is_active),
    CONSTRAINT a_default_is_active CHECK (is_active OR NOT is_default)
);
COMMENT ON TABLE lead_statuses IS 'A column of one business''s board';
COMMENT ON COLUMN lead_statuses.name IS 'Stable key, never shown; the label is what people see';
COMMENT ON COLUMN lead_statuses.is_protected IS 'Automation never moves a lead out of it (won, lost and what the business marks)';
CREATE UNIQUE INDEX lead_statuses_one_default ON lead_statuses (business_id) WHERE is_default;

CREATE TABLE outbound_lead_lists (
    business_id        bigint NOT NULL REFERENCES business (id),
    id                 bigint GENERATED ALWAYS AS IDENTITY,
    name               text NOT NULL CHECK (length(trim(name)) BETWEEN 1 AND 200),
    created_by_user_id bigint,
    created_at         timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (business_id, id),
    FOREIGN KEY (business_id, created_by_user_id) REFERENCES users (business_id, id)
);
COMMENT ON TABLE outbound_lead_lists IS 'An import of leads';

CREATE TABLE leads (
    tenant_id         bigint NOT NULL REFERENCES business (id),
    id                bigint GENERATED ALWAYS AS IDENTITY,
    first_name        text NOT NULL DEFAULT '',
    last_name         text NOT NULL DEFAULT '',
    full_name         text NOT NULL GENERATED ALWAYS AS (trim(first_name || ' ' || last_name)) STORED,
    phone_e164        text CHECK (phone_e164 ~ '^\+[1-9][0-9]{6,14}$'),
    status            text,
    status_active     boolean NOT NULL GENERATED ALWAYS AS (true) STORED,
    status_changed_at timestamptz,
    summary           text,
    notes             text,
    last_contact_at   timestamptz,
    service           text,
    city              text,
    follow_up_at      timestamptz,
    time_zone         text,
    phone_zone        text,
    tags              text[] NOT NULL DEFAULT '{}',
    owner_user_id     bigint,
    outbound_list_id  bigint,
    source            text NOT NULL DEFAULT 'manual' CHECK (source IN ('manual', 'import', 'inbound_call', 'whatsapp')),
    version           bigint NOT NULL DEFAULT 1,
    created_at        timestamptz NOT NULL DEFAULT now(),
    updated_at        timestamptz NOT NULL DEFAULT now(),
    deleted_at        timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT leads_status_is_an_active_one_of_its_business
        FOREIGN KEY (tenant_id, status, status_active) REFERENCES lead_statuses (business_id, name, is_active),
    FOREIGN KEY (tenant_id, owner_user_id) REFERENCES users (business_id, id),
    FOREIGN KEY (tenant_id, outbound_list_id) REFERENCES outbound_lead_lists (business_id, id)
);
COMMENT ON TABLE leads IS 'A person to call';
COMMENT ON COLUMN leads.tenant_id IS 'The business';
COMMENT ON COLUMN leads.status_active IS 'Constant; lets the foreign key demand an active status';
COMMENT ON COLUMN leads.summary IS 'Summary of the newest conversation';
COMMENT ON COLUMN leads.notes IS 'Newest line first; people write here too';
COMMENT ON COLUMN leads.time_zone IS 'Whose clock the person lives by, as somebody said it (IANA)';
COMMENT ON COLUMN leads.phone_zone IS 'As the number tells it, for countries of one zone; counts where time_zone is null';
COMMENT ON COLUMN leads.version IS 'Grows with each change; the ETag of the lead';
CREATE UNIQUE INDEX leads_phone ON leads (tenant_id, phone_e164) WHERE deleted_at IS NULL;
CREATE INDEX leads_board ON leads (tenant_id, status, id) WHERE deleted_at IS NULL;
CREATE INDEX leads_list ON leads (tenant_id, outbound_list_id, id) WHERE deleted_at IS NULL;

-- The zones of a business's leads are few, and are kept with its rules. One that is new makes the rules others, so that a
-- dialer that has them in mind reads them again.
CREATE FUNCTION business_settings_know_zone(of_business bigint, zones text[]) RETURNS void
    LANGUAGE sql
    AS $$
    UPDATE business_settings s
    SET lead_zones = ARRAY(SELECT DISTINCT zone FROM unnest(s.lead_zones || zones) AS zone ORDER BY zone),
        version = s.version + 1
    WHERE s.business_id = of_business AND NOT s.lead_zones @> zones;
$$;

CREATE FUNCTION leads_tell_zones() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
BEGIN
    PERFORM business_settings_know_zone(tenant_id, array_agg(DISTINCT coalesce(time_zone, phone_zone)))
    FROM added WHERE coalesce(time_zone, phone_zone) IS NOT NULL GROUP BY tenant_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER leads_tell_zones AFTER INSERT ON leads
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION leads_tell_zones();

CREATE TABLE suppressions (
    business_id        bigint NOT NULL REFERENCES business (id),
    id                 bigint GENERATED ALWAYS AS IDENTITY,
    phone_e164         text NOT NULL CHECK (phone_e164 ~ '^\+[1-9][0-9]{6,14}$'),
    lead_id            bigint,
    origin             text NOT NULL CHECK (origin IN ('spoken', 'manual', 'import')),
    source_event_id    text,
    created_by_user_id bigint,
    created_at         timestamptz NOT NULL DEFAULT now(),
    lifted_at          timestamptz,
    lifted_by_user_id  bigint,
    PRIMARY KEY (business_id, id),
    FOREIGN KEY (business_id, lead_id) REFERENCES leads (tenant_id, id),
    FOREIGN KEY (business_id, created_by_user_id) REFERENCES users (business_id, id),
    FOREIGN KEY (business_id, lifted_by_user_id) REFERENCES users (business_id, id)
);
COMMENT ON TABLE suppressions IS 'A number that the business must not call';
CREATE UNIQUE INDEX suppressions_in_force ON suppressions (business_id, phone_e164) WHERE lifted_at IS NULL;

CREATE TABLE lead_activities (
    business_id bigint NOT NULL REFERENCES business (id),
    id          bigint GENERATED ALWAYS AS IDENTITY,
    lead_id     bigint NOT NULL,
    type        text NOT NULL,
    payload     jsonb NOT NULL DEFAULT '{}',
    at          timestamptz NOT NULL DEFAULT now(),
    created_by  bigint,
    PRIMARY KEY (business_id, id),
    FOREIGN KEY (business_id, lead_id) REFERENCES leads (tenant_id, id),
    FOREIGN KEY (business_id, created_by) REFERENCES users (business_id, id)
);
COMMENT ON TABLE lead_activities IS 'The timeline of a lead; never changed once written';
COMMENT ON COLUMN lead_activities.type IS 'status_change, call, whatsapp, note, suppression, …';
CREATE INDEX lead_activities_timeline ON lead_activities (business_id, lead_id, at DESC, id DESC);
CREATE INDEX lead_activities_status_changes ON lead_activities (at DESC) WHERE type = 'status_change';
