-- How many rows each table has, and what is in them, whatever their order; and where each sequence stands.
SELECT format($$SELECT format('%%s rows of %s, %%s', count(*), sum(hashtextextended(t::text, 0)::numeric)) FROM %I t$$, relname, relname)
FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY relname
\gexec
SELECT format('sequence %s: %s', sequencename, last_value) FROM pg_sequences WHERE schemaname = 'public' ORDER BY 1;
