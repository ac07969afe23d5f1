create function campaign_failures(max_rows integer default 100)
returns table (
  order_id text, session_id text, step text, sqlstate text, message text, attempts integer,
  failed_at timestamptz, last_tried_at timestamptz
)
language plpgsql stable security definer parallel safe
set search_path = @extschema@, pg_temp
as $$
#variable_conflict use_column
begin
  if max_rows is null or max_rows not between 1 and 1000 then
    raise exception using errcode = '22023', message = 'max_rows must be between 1 and 1000';
  end if;
  return query
    select f.order_id, f.session_id, f.step, f.sqlstate, f.message, f.attempts, f.failed_at, f.last_tried_at
      from campaign_attribution_failures f
     order by f.failed_at desc, f.id desc
     limit max_rows;
end
$$;

comment on function campaign_failures(integer) is
  'The orders whose attribution failed and that wait for campaign_retry_failures(), latest first, at most max_rows (1 to 1000): the order, its session (NULL when unknown), the step that failed, the SQLSTATE and message of the last attempt, how many attempts there were, and when the first and the last were. Errors: 22023 max_rows out of range.';
revoke all on function campaign_failures(integer) from public;
grant execute on function campaign_failures(integer) to campaign_analyst;
