create function campaign_tracking_code(name text, platform text, campaign_type text default 'post') returns text
language plpgsql stable security definer parallel safe
set search_path = @extschema@, pg_temp
as $$
begin
  perform _campaign_check_fields(jsonb_build_object(
    'name', name, 'platform', platform, 'campaign_type', campaign_type, 'cost', 0, 'budget', 0, 'is_active', true));
  return _campaign_free_code(_campaign_code_base(name, platform, campaign_type), campaign_type);
end
$$;

comment on function campaign_tracking_code(text, text, text) is
  'The tracking code that a new campaign with this name would get now: the platform''s prefix, the meaningful words of the name in capital ASCII letters, and a number; at most 40 characters. Errors: 22023 a value that does not fit.';
revoke all on function campaign_tracking_code(text, text, text) from public;
grant execute on function campaign_tracking_code(text, text, text) to campaign_analyst;
