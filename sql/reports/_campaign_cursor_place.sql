create function _campaign_cursor_place(cursor text, out at timestamptz, out id uuid)
language plpgsql immutable parallel safe
set search_path = @extschema@, pg_temp
as $$
declare
  v_day constant bigint := 86400000000;
  -- Microseconds since 2000 of the earliest and the latest instant that PostgreSQL knows.
  v_first constant bigint := -211813488000000000;
  v_last constant bigint := 9223371331199999999;
  v_microseconds bigint;
begin
  if cursor is null then
    at := 'infinity';
    id := 'ffffffff-ffff-ffff-ffff-ffffffffffff';
    return;
  end if;

  if cursor ~ '^[0-9a-f]{48}$' then
    v_microseconds := ('x' || left(cursor, 16))::bit(64)::bigint;
  end if;
  if v_microseconds is null or v_microseconds not between v_first and v_last then
    raise exception using errcode = '22023', message = 'the cursor is damaged',
      hint = 'Pass the cursor of the last row of the page before, or NULL for the first page.';
  end if;

  -- Days and the rest apart: a product with an interval is exact only up to 2^53.
  at := (timestamp '2000-01-01' + (v_microseconds / v_day)::integer * interval '1 day'
    + (v_microseconds % v_day) * interval '1 microsecond') at time zone 'UTC';
  id := right(cursor, 32)::uuid;
end
$$;

comment on function _campaign_cursor_place(text) is
'The time and id a cursor stands for; NULL is the place before the newest row. Error 22023 when the text is no cursor.';

revoke all on function _campaign_cursor_place(text) from public;
