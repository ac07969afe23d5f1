create function _campaign_create_tables() returns void
language plpgsql volatile parallel unsafe
set search_path = @extschema@, pg_temp
as $$
begin
  -- DROP EXTENSION ... CASCADE took the audiences out of them: what is left cannot be completed, only made anew.
  if to_regclass('@extschema@.campaign_analytics_snapshots') is not null and not exists (
    select from pg_attribute
    where attrelid = to_regclass('@extschema@.campaign_analytics_snapshots') and attname = 'audience' and not attisdropped
  ) then
    drop table if exists campaign_analytics_snapshots, campaign_breakdown_snapshots, _campaign_snapshot_state, _campaign_snapshot_marks;
  end if;

  create table if not exists campaigns (
    id uuid primary key,
    parent_campaign_id uuid references campaigns (id),
    name text not null check (name ~ '\S' and char_length(name) <= 200),
    description text,
    platform text not null
      check (platform in ('instagram', 'facebook', 'tiktok', 'youtube', 'twitter', 'other', 'multi')),
    campaign_type text not null
      check (campaign_type in ('post', 'reel', 'story', 'video', 'ad', 'campaign')),
    post_url text,
    landing_url text,
    tracking_code text not null,
    cost numeric not null default 0 check (cost >= 0 and cost < 'infinity'),
    budget numeric not null default 0 check (budget >= 0 and budget < 'infinity'),
    starts_at timestamptz,
    ends_at timestamptz,
    is_active boolean not null default true,
    metadata jsonb,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint campaigns_not_its_own_parent check (parent_campaign_id <> id),
    constraint campaigns_end_after_start check (ends_at > starts_at)
  );
  create unique index if not exists campaigns_tracking_code_key on campaigns (upper(tracking_code));
  create index if not exists campaigns_parent_campaign_id_idx on campaigns (parent_campaign_id);
  create index if not exists campaigns_platform_idx on campaigns (platform);
  create index if not exists campaigns_is_active_idx on campaigns (is_active);
  create or replace trigger campaigns_tell_change after insert or update or delete or truncate on campaigns
    for each statement execute function _campaign_tell_change();
  alter trigger campaigns_tell_change on campaigns depends on extension pg_campaign;
  comment on table campaigns is 'The tree of campaigns: a parent, or a post, reel, story, video or ad under it.';
  comment on column campaigns.tracking_code is 'The code in the link (utm_campaign); unique and compared without case.';
  comment on column campaigns.cost is 'What was spent on this campaign itself, in the shop''s main currency; the denominator of ROI.';

  -- Page views rewrite rows in place: no index holds a column they change, and pages keep room for the new version.
  create table if not exists campaign_visits (
    id uuid primary key,
    campaign_id uuid not null,
    session_id text not null,
    session_no bigint not null,
    touch_no integer not null,
    customer_id text,
    ip_address inet,
    user_agent text,
    referrer text,
    landing_page text,
    country text,
    city text,
    device_type text check (device_type in ('mobile', 'tablet', 'desktop', 'bot')),
    visited_at timestamptz not null,
    last_activity_at timestamptz not null,
    clicked_at timestamptz,
    converted boolean not null default false,
    conversion_at timestamptz,
    attributed_order_id text,
    expires_at timestamptz not null,
    constraint campaign_visits_touch_key unique (session_id, touch_no)
  ) with (fillfactor = 85);
  create index if not exists campaign_visits_campaign_id_visited_at_idx on campaign_visits (campaign_id, visited_at);
  -- Visits come in the order of time, but for those that take the room of purged ones: hence several stretches of time a page range.
  -- A few pages in all; what page views change is not in it.
  create index if not exists campaign_visits_visited_at_idx on campaign_visits using brin (visited_at timestamptz_minmax_multi_ops)
    with (pages_per_range = 32, autosummarize = on);
  comment on table campaign_visits is 'One row a touch: a session that clicked one campaign''s link. Live until expires_at.';
  comment on column campaign_visits.session_no is 'The session''s dense number, the same on all its touches.';
  comment on column campaign_visits.touch_no is '1, 2, 3 ... within a session, in the order of recording.';
  comment on column campaign_visits.device_type is 'mobile, tablet, desktop, NULL when unknown; bot is kept only under campaign.record_bots and never counted.';
  create sequence if not exists _campaign_session_no;

  -- Apart from the visits, so that an order changes no column of a visit that is in an index.
  create table if not exists campaign_customer_sessions (
    customer_id text,
    session_id text not null,
    constraint campaign_customer_sessions_pkey primary key (customer_id, session_id)
  );
  comment on table campaign_customer_sessions is
    'Whose session it is, as campaign_identify was told; the sessions of orders stand in campaign_conversions.';

  create table if not exists campaign_conversions (
    id uuid primary key,
    campaign_id uuid not null,
    visit_id uuid not null,
    order_id text not null constraint campaign_conversions_order_id_key unique,
    customer_id text,
    session_id text not null,
    device_type text,
    country text,
    currency text,
    revenue numeric not null,
    order_total numeric not null,
    refunded numeric not null default 0,
    cancelled_at timestamptz,
    net_revenue numeric not null generated always as
      (case when cancelled_at is null then order_total - refunded else 0 end) stored,
    converted_at timestamptz not null,
    created_at timestamptz not null default now(),
    order_deleted_at timestamptz
  ) with (fillfactor = 90);
  create index if not exists campaign_conversions_campaign_id_idx on campaign_conversions (campaign_id, converted_at);
  create index if not exists campaign_conversions_visit_id_idx on campaign_conversions (visit_id);
  create index if not exists campaign_conversions_customer_id_idx on campaign_conversions (customer_id) where customer_id is not null;
  comment on table campaign_conversions is 'One row an order credited to a visit: a financial record that outlives the order and the visit.';
  -- One cheap check instead of three: PostgreSQL reads the text of each again for every statement that writes.
  if not exists (select from pg_constraint where conrelid = to_regclass('@extschema@.campaign_conversions') and conname = 'campaign_conversions_money') then
    alter table campaign_conversions add constraint campaign_conversions_money
      check (_campaign_is_money(revenue, order_total, refunded));
  end if;
  create or replace trigger campaigns_keep_conversions after delete on campaigns
    referencing old table as campaigns_deleted
    for each statement execute function _campaign_keep_conversions();
  create or replace trigger campaigns_keep_all_conversions after truncate on campaigns
    for each statement execute function _campaign_keep_conversions();
  alter trigger campaigns_keep_conversions on campaigns depends on extension pg_campaign;
  alter trigger campaigns_keep_all_conversions on campaigns depends on extension pg_campaign;
  comment on column campaign_conversions.revenue is 'The order''s total when it was placed; never changed afterwards.';
  comment on column campaign_conversions.order_total is 'The order''s total as it stands now.';
  comment on column campaign_conversions.net_revenue is 'What the reports count: order_total less refunded, 0 once cancelled.';

  -- Of campaigns nothing refers to by key here: writing a row would look every one up. Deleting a campaign deletes its rows.
  create table if not exists campaign_analytics_snapshots (
    id uuid not null default _campaign_uuid(),
    campaign_id uuid not null,
    snapshot_date date not null,
    snapshot_hour integer check (snapshot_hour between 0 and 23),
    total_visits bigint not null default 0,
    unique_visitors bigint not null generated always as (campaign_audience_count(audience)) stored,
    audience campaign_audience not null default '{}',
    total_conversions bigint not null default 0,
    currency text,
    currency_conversions bigint not null default 0,
    total_revenue numeric not null default 0,
    other_currencies jsonb,
    conversion_rate numeric generated always as (campaign_rate(total_conversions, total_visits)) stored,
    average_order_value numeric generated always as (campaign_average(total_revenue, currency_conversions)) stored,
    roi numeric,
    created_at timestamptz not null default now(),
    -- The hour before the date, so that a campaign's daily rows lie together in the index.
    constraint campaign_analytics_snapshots_key unique nulls not distinct (campaign_id, snapshot_hour, snapshot_date)
  ) partition by list (snapshot_hour);
  -- Most reports read days only: apart from the hours they take a seventh of the pages.
  create table if not exists campaign_analytics_snapshots_daily partition of campaign_analytics_snapshots
    for values in (null) with (fillfactor = 90);
  create table if not exists campaign_analytics_snapshots_hourly partition of campaign_analytics_snapshots
    default with (fillfactor = 90);
  comment on table campaign_analytics_snapshots is
    'Pre-aggregated figures per campaign and hour of UTC, and (snapshot_hour NULL) per campaign and day of campaign.timezone. Reports complete them with what is not in them yet; call those.';
  comment on column campaign_analytics_snapshots.audience is 'Who the unique visitors are: the session_no of every visit.';
  comment on column campaign_analytics_snapshots.currency is 'The currency of total_revenue and average_order_value: the main one when the row was written.';
  comment on column campaign_analytics_snapshots.currency_conversions is 'How many of total_conversions are in that currency.';
  comment on column campaign_analytics_snapshots.other_currencies is 'The rest: array of {currency, conversions, revenue}, or NULL.';
  comment on column campaign_analytics_snapshots.roi is 'The bucket''s revenue against the campaign''s whole cost, as it was at the last campaign_snapshot: (total_revenue - cost) / cost * 100; NULL when the cost is 0.';

  -- Packed: as rows of their own, values would take three times the room.
  create table if not exists campaign_breakdown_snapshots (
    campaign_id uuid not null,
    dimension campaign_dimension not null,
    snapshot_date date not null,
    visit_values text[],
    visits bigint[],
    audiences campaign_audience[],
    sale_values text[],
    sale_currencies text[],
    sale_conversions bigint[],
    sale_revenue numeric[],
    constraint campaign_breakdown_snapshots_key unique (campaign_id, dimension, snapshot_date)
  ) with (fillfactor = 90);
  comment on table campaign_breakdown_snapshots is
    'The same per campaign, day of campaign.timezone and dimension (device, country, city, referrer host, landing page), as arrays with an element for each value: visits and audiences of visit_values; conversions and net revenue, by currency, of sale_values. NULL is what is not known. Reports complete them; call campaign_breakdown.';
  create table if not exists _campaign_snapshot_state (
    is_only_row boolean primary key default true check (is_only_row),
    since date,
    until timestamptz,
    zone text,
    main_currency text,
    purged_until timestamptz,
    folded_at timestamptz
  );
  comment on table _campaign_snapshot_state is
    'How far the snapshots reach: rows hold what happened before until (NULL before the first campaign_snapshot), in days of zone from since on. Visits before purged_until may be gone.';
  comment on column _campaign_snapshot_state.main_currency is 'The currency with the most conversions before until; empty when most have none, NULL without conversions.';
  insert into _campaign_snapshot_state default values on conflict do nothing;

  create table if not exists _campaign_snapshot_marks (
    id bigint generated always as identity primary key,
    fact text not null check (fact in ('visit', 'conversion')),
    campaign_id uuid not null,
    at timestamptz not null
  );
  comment on table _campaign_snapshot_marks is
    'Moments of a campaign whose snapshot rows no longer hold: a visit or conversion of then came late or changed. Reports count their hour or day from the facts until campaign_snapshot has written it anew.';
  create or replace trigger campaign_conversions_mark_update after update on campaign_conversions
    referencing old table as facts_before new table as facts_after
    for each statement execute function _campaign_mark_changed('conversion');
  create or replace trigger campaign_conversions_mark_delete after delete on campaign_conversions
    referencing old table as facts_before
    for each statement execute function _campaign_mark_changed('conversion');
  create or replace trigger campaign_visits_mark_delete after delete on campaign_visits
    referencing old table as facts_before
    for each statement execute function _campaign_mark_changed('visit');
  alter trigger campaign_conversions_mark_update on campaign_conversions depends on extension pg_campaign;
  alter trigger campaign_conversions_mark_delete on campaign_conversions depends on extension pg_campaign;
  alter trigger campaign_visits_mark_delete on campaign_visits depends on extension pg_campaign;

  create table if not exists campaign_attribution_failures (
    id bigint generated always as identity primary key,
    order_id text constraint campaign_attribution_failures_order_id_key unique,
    session_id text,
    step text not null,
    sqlstate text not null,
    message text not null,
    attempts integer not null default 1,
    failed_at timestamptz not null default now(),
    last_tried_at timestamptz not null default now(),
    former_order_id text
  );
  comment on table campaign_attribution_failures is 'Orders whose attribution failed and waits for campaign_retry_failures(). Empty when all is well.';

  create table if not exists _campaign_shop (
    is_only_row boolean primary key default true check (is_only_row),
    orders regclass not null,
    customers regclass,
    order_key text not null,
    order_key_type regtype not null,
    customer_key text,
    customer_key_type regtype,
    order_customer text,
    order_total text not null,
    order_currency text,
    order_session text,
    order_placed_at text not null,
    order_is_placed text,
    order_is_cancelled text,
    order_refunded text,
    order_lines text,
    order_parts jsonb,
    attribute_at text not null check (attribute_at in ('insert', 'commit')),
    add_columns boolean not null,
    added_order_columns text[] not null,
    added_customer_columns text[] not null,
    attached_at timestamptz not null default now(),
    orders_name text,
    needs_path boolean not null default false
  );
  comment on table _campaign_shop is 'The attached shop: its tables, and its columns as SQL expressions over the order row o.';
  create or replace trigger campaign_shop_tell_change after insert or update or delete or truncate on _campaign_shop
    for each statement execute function _campaign_tell_change();
  alter trigger campaign_shop_tell_change on _campaign_shop depends on extension pg_campaign;

  create table if not exists _campaign_book (
    is_only_row boolean primary key default true check (is_only_row),
    orders regclass not null,
    orders_name text not null
  );
  comment on table _campaign_book is 'Whose keys the conversions hold: the orders table attached last, and its name then.';

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

  perform _campaign_renew_tables();
  comment on column campaign_visits.clicked_at is 'The latest click, where there was more than the one at visited_at; NULL otherwise.';
  comment on column campaign_conversions.order_deleted_at is 'When the order was deleted; NULL while it is there. Its key may be another order''s since.';
  comment on column _campaign_shop.needs_path is 'Whether an expression of the mapping works only under the search_path of the owner of the orders.';
  comment on column campaign_attribution_failures.former_order_id is 'The key that the order had before, where what failed was to follow a change of it.';
  comment on column _campaign_shop.orders_name is 'The name that the orders table had when it was attached.';

  create table if not exists _campaign_schema_version (
    is_only_row boolean primary key default true check (is_only_row),
    version text not null
  );
  insert into _campaign_schema_version (version) values (_campaign_version())
    on conflict (is_only_row) do update set version = excluded.version;

  grant select on campaigns, campaign_visits, campaign_customer_sessions, campaign_conversions, campaign_analytics_snapshots,
    campaign_breakdown_snapshots, _campaign_snapshot_state, campaign_attribution_failures, _campaign_shop,
    _campaign_schema_version to campaign_analyst;
end
$$;

comment on function _campaign_create_tables() is 'Creates the product''s tables where they are missing, and brings older ones to this version.';
revoke all on function _campaign_create_tables() from public;
