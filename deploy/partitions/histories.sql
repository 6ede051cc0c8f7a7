-- Procedures that keep the two histories nothing refers to, lead_activities and lead_status_history, in partitions, so that what is
-- older than anyone has to keep goes without a row touched. Plain PostgreSQL 15 or newer, run once by the owner of the tables,
-- after `callboard migrate`; it changes no table yet. proto-docs/growth.md tells when, and in which order.
--
--   CALL partition_history('lead_activities');                     -- once
--   CALL roll_history('lead_activities');                          -- every night: begins a new partition when one is full
--   CALL retire_history('lead_activities', interval '7 years');    -- every night: drops what is older
--
-- A partition holds a range of ids, not a month: the primary key (business, id) then stands as it is. Ids rise with time, so the
-- oldest rows still lie together. The newest partition is open to the top: an insert has its place even when nobody rolls.
-- Services reach rows through the parent only, whose walls and pens are those of the table before; a partition has row security
-- and no policy, and nobody is granted anything on it.
BEGIN;

-- What to run so that a new table of the same name has the keys, indexes, triggers, walls and pens that `history` has now.
CREATE FUNCTION history_furniture(history regclass) RETURNS SETOF text
    LANGUAGE sql STABLE SET search_path = public, pg_temp
    AS $$
    SELECT format('ALTER TABLE %s ADD CONSTRAINT %I %s', history, conname, pg_get_constraintdef(oid))
    FROM pg_constraint WHERE conrelid = history AND contype IN ('p', 'f')
    UNION ALL
    SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = history AND NOT indisprimary
    UNION ALL
    SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = history AND NOT tgisinternal
    UNION ALL
    SELECT format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', history)
    UNION ALL
    SELECT format('CREATE POLICY %I ON %s AS %s FOR %s TO %s', policyname, history, permissive, cmd,
                  (SELECT string_agg(quote_ident(role), ', ') FROM unnest(roles) role))
           || coalesce(' USING (' || qual || ')', '') || coalesce(' WITH CHECK (' || with_check || ')', '')
    FROM pg_policies WHERE format('%I.%I', schemaname, tablename)::regclass = history
    UNION ALL
    SELECT format('GRANT %s ON %s TO %I', privilege_type, history, grantee::regrole)
    FROM pg_class, aclexplode(relacl) WHERE oid = history AND grantee <> relowner
    UNION ALL
    SELECT format('GRANT %s (%I) ON %s TO %I', privilege_type, attname, history, grantee::regrole)
    FROM pg_attribute, aclexplode(attacl) WHERE attrelid = history AND attnum > 0
$$;

-- The id that the next row gets.
CREATE FUNCTION history_next_id(history regclass) RETURNS bigint
    LANGUAGE plpgsql SET search_path = public, pg_temp
    AS $$
DECLARE
    next_id bigint;
BEGIN
    EXECUTE format('SELECT CASE WHEN is_called THEN last_value + 1 ELSE last_value END FROM %s',
                   pg_get_serial_sequence(history::text, 'id')) INTO next_id;
    RETURN next_id;
END
$$;

-- Makes `history` a partitioned table whose first partition is the table as it was. No row is touched: the first partition is open at
-- both ends, its keys and references are taken over as they stand. Others are excluded for milliseconds. All or nothing.
CREATE PROCEDURE partition_history(history regclass)
    LANGUAGE plpgsql SET search_path = public, pg_temp
    AS $$
DECLARE
    named text := (SELECT relname FROM pg_class WHERE oid = history);
    first text := named || '_from_0';
    next_id bigint;
    furniture text[];
    command text;
BEGIN
    IF (SELECT relkind FROM pg_class WHERE oid = history) = 'p' THEN
        RAISE NOTICE '% is partitioned already', history;
        RETURN;
    END IF;
    PERFORM set_config('lock_timeout', '5s', true);
    EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', history);
    furniture := ARRAY(SELECT history_furniture(history));
    next_id := history_next_id(history);

    -- The names are for the parent; what the partition has goes on under others.
    FOR command IN
        SELECT format('ALTER INDEX %s RENAME TO %I', indexrelid::regclass, relname || '_from_0')
        FROM pg_index JOIN pg_class ON oid = indexrelid WHERE indrelid = history
        UNION ALL
        SELECT format('DROP TRIGGER %I ON %s', tgname, history) FROM pg_trigger WHERE tgrelid = history AND NOT tgisinternal
        UNION ALL
        SELECT format('DROP POLICY %I ON %s', policyname, history) FROM pg_policies
        WHERE format('%I.%I', schemaname, tablename)::regclass = history
        UNION ALL
        SELECT format('REVOKE ALL ON %s FROM %I', history, grantee::regrole)
        FROM (SELECT DISTINCT grantee FROM pg_class, aclexplode(relacl) WHERE oid = history AND grantee <> relowner
              UNION SELECT DISTINCT grantee FROM pg_attribute, aclexplode(attacl) WHERE attrelid = history) granted
    LOOP
        EXECUTE command;
    END LOOP;
    EXECUTE format('ALTER TABLE %I ALTER id DROP IDENTITY', named);
    EXECUTE format('ALTER TABLE %I RENAME TO %I', named, first);
    EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING COMMENTS) PARTITION BY RANGE (id)',
                   named, first);
    EXECUTE format('ALTER TABLE %I ALTER id ADD GENERATED ALWAYS AS IDENTITY (START WITH %s)', named, next_id);
    EXECUTE format('COMMENT ON TABLE %I IS %L', named, obj_description(history, 'pg_class'));
    FOREACH command IN ARRAY furniture LOOP
        EXECUTE command;
    END LOOP;
    EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (MINVALUE) TO (MAXVALUE)', named, first);
END
$$;

-- Where a partition begins and ends: ids, the end not included; null where it is open.
CREATE FUNCTION history_range(part regclass) RETURNS TABLE (begins bigint, ends bigint)
    LANGUAGE sql STABLE SET search_path = public, pg_temp
    AS $$
    SELECT nullif(bounds[1], 'MINVALUE')::bigint, nullif(bounds[2], 'MAXVALUE')::bigint
    FROM (SELECT regexp_match(replace(pg_get_expr(relpartbound, oid), '''', ''), 'FROM \((\w+)\) TO \((\w+)\)') AS bounds
          FROM pg_class WHERE oid = part) bound
$$;

-- When the open partition has been given `full_at` ids or more, ends it behind the next `margin` ids and begins another. The rows are
-- looked at while everybody goes on working (that no id is past the end); what then excludes others takes milliseconds, and waits for
-- no longer than five seconds to begin: a later call goes on where one was given up. Not within a transaction.
CREATE PROCEDURE roll_history(history regclass, full_at bigint DEFAULT 50000000, margin bigint DEFAULT 1000000)
    LANGUAGE plpgsql
    AS $$
DECLARE
    open_part regclass;
    next_part text;
    next_id bigint := history_next_id(history);
    from_id bigint;
    edge bigint;
    within text;
BEGIN
    SELECT inhrelid, begins INTO STRICT open_part, from_id
    FROM pg_inherits, history_range(inhrelid) WHERE inhparent = history AND ends IS NULL;
    -- Never an empty one: its end would be its beginning.
    IF next_id - coalesce(from_id, 1) < greatest(full_at, 1) THEN
        RETURN;
    END IF;
    edge := next_id + margin;
    next_part := (SELECT relname FROM pg_class WHERE oid = history) || '_from_' || edge;
    within := format('id < %s', edge) || coalesce(' AND id >= ' || from_id, '');
    PERFORM set_config('lock_timeout', '5s', false);
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS ends', open_part);
    EXECUTE format('ALTER TABLE %s ADD CONSTRAINT ends CHECK (%s) NOT VALID', open_part, within);
    COMMIT;
    EXECUTE format('ALTER TABLE %s VALIDATE CONSTRAINT ends', open_part);
    COMMIT;
    EXECUTE format('ALTER TABLE %s DETACH PARTITION %s', history, open_part);
    EXECUTE format('ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM (%s) TO (%s)', history, open_part,
                   coalesce(from_id::text, 'MINVALUE'), edge);
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT ends', open_part);
    EXECUTE format('CREATE TABLE %I PARTITION OF %s FOR VALUES FROM (%s) TO (MAXVALUE)', next_part, history, edge);
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', next_part);
    COMMIT;
END
$$;

-- Drops the partitions that have ended and whose newest row is older than `kept`. Never the open one. Not within a transaction.
CREATE PROCEDURE retire_history(history regclass, kept interval)
    LANGUAGE plpgsql
    AS $$
DECLARE
    clock name := (SELECT attname FROM pg_attribute WHERE attrelid = history AND attname IN ('at', 'created_at'));
    next_id bigint := history_next_id(history);
    part regclass;
    newest timestamptz;
BEGIN
    PERFORM set_config('lock_timeout', '5s', false);
    FOR part IN
        SELECT inhrelid FROM pg_inherits, history_range(inhrelid) WHERE inhparent = history AND ends <= next_id ORDER BY ends
    LOOP
        EXECUTE format('SELECT max(%I) FROM %s', clock, part) INTO newest;
        CONTINUE WHEN newest >= now() - kept;
        EXECUTE format('ALTER TABLE %s DETACH PARTITION %s', history, part);
        EXECUTE format('DROP TABLE %s', part);
        COMMIT;
        RAISE NOTICE 'dropped %, whose newest row was of %', part, newest;
    END LOOP;
END
$$;

REVOKE ALL ON FUNCTION history_furniture, history_next_id, history_range FROM PUBLIC;
REVOKE ALL ON PROCEDURE partition_history, roll_history, retire_history FROM PUBLIC;

COMMIT;
