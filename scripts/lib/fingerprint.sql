-- What a restored database must have in common with the one that was dumped, one line each, in an order of its own. Without
-- parentheses: `(a OR b) OR c` is read back as `a OR b OR c`.
SELECT format('table %s, row security %s, forced %s', relname, relrowsecurity, relforcerowsecurity)
FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') ORDER BY 1;
SELECT format('policy %s', translate(to_jsonb(p)::text, '()', '')) FROM pg_policies p WHERE schemaname = 'public' ORDER BY 1;
SELECT format('grant on %s: %s', relname, acl) FROM pg_class, unnest(relacl) acl
WHERE relnamespace = 'public'::regnamespace ORDER BY 1;
SELECT format('grant on %s.%s: %s', c.relname, attname, acl) FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid, unnest(attacl) acl
WHERE c.relnamespace = 'public'::regnamespace ORDER BY 1;
SELECT format('function %s, definer %s, settings %s, grants %s: %s', p.oid::regprocedure, prosecdef, proconfig,
              (SELECT string_agg(acl::text, ',' ORDER BY acl::text) FROM unnest(proacl) acl), md5(prosrc))
FROM pg_proc p WHERE pronamespace = 'public'::regnamespace
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e') ORDER BY 1;
SELECT format('constraint %s of %s: %s', conname, conrelid::regclass, translate(pg_get_constraintdef(oid), '()', '')) FROM pg_constraint
WHERE connamespace = 'public'::regnamespace ORDER BY 1;
SELECT format('index %s', translate(indexdef, '()', '')) FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1;
SELECT format('trigger %s', translate(pg_get_triggerdef(t.oid), '()', '')) FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid
WHERE NOT tgisinternal AND c.relnamespace = 'public'::regnamespace ORDER BY 1;
SELECT format('role %s is a member of %s', m.rolname, r.rolname) FROM pg_auth_members a JOIN pg_roles r ON r.oid = a.roleid
JOIN pg_roles m ON m.oid = a.member WHERE r.rolname LIKE 'callboard\_%' AND NOT m.rolsuper ORDER BY 1;
