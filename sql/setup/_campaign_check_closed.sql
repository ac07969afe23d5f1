-- Functions of ours run with a superuser's rights and look names up in this schema. Who can put an overload, an operator or
-- a table beside them gains those rights: only superusers and the extension's owner may have anything there. What is in the
-- schema already must have no say in its own examination, so every name and operator here is PostgreSQL's own.
create function _campaign_check_closed() returns void
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
  v_schema constant pg_catalog.oid := '@extschema@'::pg_catalog.regnamespace;
  v_owner constant pg_catalog.oid :=
    (select e.extowner from pg_catalog.pg_extension e where e.extname operator(pg_catalog.=) 'pg_campaign');
  v_stranger pg_catalog.text;
  v_object pg_catalog.text;
begin
  select r.rolname into v_stranger
  from pg_catalog.pg_namespace n
  join pg_catalog.pg_roles r on r.oid operator(pg_catalog.=) n.nspowner
  where n.oid operator(pg_catalog.=) v_schema
    and not r.rolsuper
    and r.oid operator(pg_catalog.<>) v_owner;
  if found then
    raise exception using
      errcode = '55000',
      message = pg_catalog.format('the schema @extschema@ belongs to %I', v_stranger),
      hint = pg_catalog.format('If it serves something else, rename it. If it is meant for pg_campaign, run: alter schema @extschema@ owner to %s',
        v_owner::pg_catalog.regrole);
  end if;

  select coalesce(pg_catalog.quote_ident(r.rolname), 'public') into v_stranger
  from pg_catalog.pg_namespace n
  cross join lateral pg_catalog.aclexplode(n.nspacl) a
  left join pg_catalog.pg_roles r on r.oid operator(pg_catalog.=) a.grantee
  where n.oid operator(pg_catalog.=) v_schema
    and a.privilege_type operator(pg_catalog.=) 'CREATE'
    and r.rolsuper is not true
    and a.grantee operator(pg_catalog.<>) v_owner
  limit 1;
  if found then
    raise exception using
      errcode = '55000',
      message = pg_catalog.format('the schema @extschema@ lets %s create objects in it', v_stranger),
      hint = pg_catalog.format('Run: revoke create on schema @extschema@ from %s', v_stranger);
  end if;

  -- All that lies in a schema depends on it, and on its owner, but for the role that initdb made, which is a superuser.
  select r.rolname, pg_catalog.pg_describe_object(d.classid, d.objid, 0) into v_stranger, v_object
  from pg_catalog.pg_depend d
  join pg_catalog.pg_shdepend s
    on s.classid operator(pg_catalog.=) d.classid
    and s.objid operator(pg_catalog.=) d.objid
    and s.deptype operator(pg_catalog.=) 'o'
  join pg_catalog.pg_database b
    on b.oid operator(pg_catalog.=) s.dbid
    and b.datname operator(pg_catalog.=) pg_catalog.current_database()
  join pg_catalog.pg_roles r on r.oid operator(pg_catalog.=) s.refobjid
  where d.refclassid operator(pg_catalog.=) 'pg_catalog.pg_namespace'::pg_catalog.regclass
    and d.refobjid operator(pg_catalog.=) v_schema
    and not r.rolsuper
    and r.oid operator(pg_catalog.<>) v_owner
  limit 1;
  if found then
    raise exception using
      errcode = '55000',
      message = pg_catalog.format('the schema @extschema@ holds what %I owns: %s', v_stranger, v_object),
      hint = pg_catalog.format('If it is part of pg_campaign, give it back to %s; if not, drop it or move it into another schema.',
        v_owner::pg_catalog.regrole);
  end if;
end
$$;

comment on function _campaign_check_closed() is 'Error 55000 when anybody but superusers and the extension''s owner owns the extension''s schema, may create in it, or owns anything in it.';
revoke all on function _campaign_check_closed() from public;

-- Before anything else of the extension looks up a name.
select @extschema@._campaign_check_closed();
