-- What CREATE EXTENSION does before it runs the script, for pgspot: the schema is new, or ours and closed to others (the script
-- itself refuses any other), and the script's path is this, with pg_temp last.
create schema extschema;
set search_path = pg_catalog, extschema, pg_temp;
