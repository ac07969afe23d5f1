create function _campaign_free_code(base text, campaign_type text) returns text
language plpgsql stable parallel safe
set search_path = @extschema@, pg_temp
as $$
declare
  v_number integer := 1;
  v_code text;
begin
  loop
    -- A parent's code carries no number until another campaign has taken it.
    v_code := case
      when campaign_type = 'campaign' and v_number = 1 then base
      else _campaign_code_numbered(base, v_number)
    end;
    if not exists (select from campaigns c where upper(c.tracking_code) = v_code) then
      return v_code;
    end if;
    v_number := v_number + 1;
  end loop;
end
$$;

comment on function _campaign_free_code(text, text) is 'The first tracking code on this base that no campaign visible now has.';
revoke all on function _campaign_free_code(text, text) from public;
