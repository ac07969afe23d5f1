create function _campaign_check_fields(c jsonb) returns void
language plpgsql stable parallel safe
set search_path = @extschema@, pg_temp
as $$
declare
  v_field text;
  v_problem text;
begin
  foreach v_field in array array['name', 'platform', 'campaign_type', 'cost', 'budget', 'is_active'] loop
    if c ->> v_field is null then
      raise exception using errcode = '22023', message = format('%s must be given', v_field);
    end if;
  end loop;
  if c ->> 'name' !~ '\S' then
    raise exception using errcode = '22023', message = 'name must not be blank';
  end if;
  if char_length(c ->> 'name') > 200 then
    raise exception using errcode = '22023', message = 'name must have at most 200 characters';
  end if;
  perform _campaign_check_kind(c ->> 'platform', c ->> 'campaign_type');
  foreach v_field in array array['cost', 'budget'] loop
    if not ((c ->> v_field)::numeric >= 0 and (c ->> v_field)::numeric < 'infinity') then
      raise exception using errcode = '22023', message = format('%s must be 0 or more', v_field);
    end if;
  end loop;
  foreach v_field in array array['post_url', 'landing_url'] loop
    v_problem := _campaign_url_check(c ->> v_field);
    if v_problem is not null then
      raise exception using errcode = '22023', message = format('%s: %s', v_field, v_problem);
    end if;
  end loop;
  if (c ->> 'ends_at')::timestamptz <= (c ->> 'starts_at')::timestamptz then
    raise exception using errcode = '22023', message = 'ends_at must be later than starts_at';
  end if;
  if jsonb_typeof(c -> 'metadata') not in ('object', 'null') then
    raise exception using errcode = '22023', message = 'metadata must be a JSON object';
  end if;
  if c ->> 'tracking_code' is not null then
    v_problem := _campaign_code_check(c ->> 'tracking_code');
    if v_problem is not null then
      raise exception using errcode = '22023', message = format('tracking_code: %s', v_problem);
    end if;
  end if;
end
$$;

comment on function _campaign_check_fields(jsonb) is
  'Checks a whole campaign, given as a document of its fields. Error 22023 naming the field.';
revoke all on function _campaign_check_fields(jsonb) from public;
