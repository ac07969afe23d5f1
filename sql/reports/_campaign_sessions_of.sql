create function _campaign_sessions_of(customer anyelement) returns setof text
language plpgsql stable parallel safe security definer
set search_path = @extschema@, pg_temp
as $$
begin
  return query
    select s.session_id from campaign_customer_sessions s where s.customer_id = customer
    union
    select c.session_id from campaign_conversions c where c.customer_id = customer;
end
$$;

comment on function _campaign_sessions_of(anyelement) is
'The sessions that are known to be a customer''s: told by campaign_identify, or by orders of theirs. No rows for NULL.';

revoke all on function _campaign_sessions_of(anyelement) from public;
