create function _campaign_create_key_table() returns void
language plpgsql volatile parallel unsafe
set search_path = @extschema@, pg_temp
as $$
begin
  create table if not exists _campaign_keys (
    id uuid primary key,
    name text not null check (name ~ '\S' and char_length(name) <= 200),
    role text not null check (role in ('analyst', 'admin')),
    digest bytea not null check (octet_length(digest) = 32),
    created_at timestamptz not null default now(),
    last_used_at timestamptz,
    revoked_at timestamptz
  );
  comment on table _campaign_keys is 'The keys of the HTTP shim. A key itself is not kept: it is shown once, when it is made.';
  comment on column _campaign_keys.digest is 'SHA-256 of the key.';
  comment on column _campaign_keys.last_used_at is 'When the key was last accepted, to the minute.';
end
$$;

comment on function _campaign_create_key_table() is 'Creates the table of keys where it is missing.';
revoke all on function _campaign_create_key_table() from public;
