create function campaign_settings()
returns table (
  timezone text, currency text, store_url text, attribution_window text, click_window text, match_customer boolean, on_error text
)
language plpgsql stable security definer parallel safe
set search_path = @extschema@, pg_temp
as $$
begin
  -- The first call loads the library; before that current_setting() knows no default.
  timezone := coalesce(_campaign_setting('timezone'), 'UTC');
  currency := _campaign_main_currency();
  store_url := _campaign_setting('store_url');
  attribution_window := current_setting('campaign.window');
  click_window := nullif(current_setting('campaign.click_window'), '0');
  match_customer := _campaign_match_customer();
  on_error := _campaign_setting('on_error');
  return next;
end
$$;

comment on function campaign_settings() is
  'One row with the settings that say how to read the reports: timezone (what a day is), currency (that of revenue, cost and budget; NULL while no order has one), store_url (NULL when not set), attribution_window and click_window (such as 30d; click_window NULL without such a limit), match_customer and on_error (warn or raise).';
revoke all on function campaign_settings() from public;
grant execute on function campaign_settings() to campaign_analyst;
