-- Ninety days of a large shop, for `make bench`: visits of 200 campaigns whose shares fall off as 1/n, 6 visitors to 10 visits,
-- and an order to every 50 visits. Into an empty database; progress by notices.
--   psql -v visits=10000000 -f tests/bench/reports.sql
\set ON_ERROR_STOP on
\if :{?visits}
\else
\set visits 10000000
\endif
set client_min_messages = notice;

create extension pg_campaign;
select format('alter database %I set search_path = "$user", public, campaign', current_database()) \gexec
set search_path = public, campaign;
create table orders (
  id bigint generated always as identity primary key,
  customer_id bigint,
  session_id text,
  total numeric not null,
  created_at timestamptz not null
);
create table order_lines (order_id bigint not null, product_id integer not null, title text not null, quantity integer not null, amount numeric not null);
select campaign_install(orders => 'orders', order_session => 'session_id', add_columns => false,
  order_lines => 'select l.product_id, l.title, l.quantity, l.amount from public.order_lines l where l.order_id = o.id') \g /dev/null
select format('alter database %I set campaign.currency = %L', current_database(), 'USD') \gexec
set campaign.currency = 'USD';

-- Four trees of 50 campaigns; the first is the largest.
select count(*)
from generate_series(1, 4) t
cross join lateral (select (campaign_create('Season ' || t, 'multi', 'campaign', tracking_code => 'TREE_' || t)).id) p
cross join generate_series(1, 49) n
cross join lateral campaign_create('Post ' || t || '/' || n, (array['instagram', 'tiktok', 'facebook', 'youtube'])[1 + n % 4], 'post', p.id,
  cost => 100 + n, tracking_code => 'POST_' || t || '_' || n) \g /dev/null

create temporary table shares as
select c.id, c.platform, c.number, sum(1.0 / c.number) over (order by c.number) / sum(1.0 / c.number) over () as upper_bound
from (
  select c.id, c.platform, row_number() over (order by split_part(c.tracking_code, '_', 3)::integer, c.tracking_code) as number
  from campaigns c
  where c.tracking_code like 'POST%'
) c;
create temporary table slots as
select g as slot, s.id, s.platform, s.number
from generate_series(0, 9999) g
cross join lateral (select * from shares s where s.upper_bound > (g + 0.5) / 10000 order by s.upper_bound limit 1) s;
analyze slots;

do 'begin raise notice ''drawing visits ...''; end';
create temporary table touches as
select x.session_no, x.touch_no, x.at, (hashint8(x.session_no * 7 + x.touch_no) & 2147483647) % 10000 as slot
from (
  select s as session_no, 1 as touch_no, d.since + (s::float8 / n.sessions) * d.span as at
  from (values ((:visits * 0.6)::bigint)) n (sessions)
  cross join (values (date_trunc('day', now(), 'UTC') - interval '90 days', interval '90 days')) d (since, span)
  cross join generate_series(1, n.sessions) s
  union all
  select s, 2, least(d.since + (s::float8 / n.sessions) * d.span + (hashint8(s) & 1048575) / 1048576.0 * interval '5 days', d.since + d.span - interval '1 second')
  from (values ((:visits * 0.6)::bigint)) n (sessions)
  cross join (values (date_trunc('day', now(), 'UTC') - interval '90 days', interval '90 days')) d (since, span)
  cross join generate_series(1, n.sessions) s
  where s % 3 > 0
) x;

-- Filled faster without its indexes, which are the ones that are there otherwise.
alter table campaign_visits drop constraint campaign_visits_pkey, drop constraint campaign_visits_touch_key;
drop index campaign_visits_campaign_id_visited_at_idx, campaign_visits_visited_at_idx;
do $$
declare
  v_part record;
  v_rows bigint := 0;
  v_part_rows bigint;
begin
  create index on touches (at);
  analyze touches;
  for v_part in
    select d as since, d + interval '9 days' as until
    from generate_series(date_trunc('day', now(), 'UTC') - interval '90 days', date_trunc('day', now(), 'UTC') - interval '1 day', '9 days') d
  loop
    insert into campaign_visits (id, campaign_id, session_id, session_no, touch_no, ip_address, user_agent, referrer, landing_page,
      country, city, device_type, visited_at, last_activity_at, expires_at)
    select _campaign_uuid(), s.id, encode(sha256(t.session_no::text::bytea), 'hex')::varchar(36), t.session_no, t.touch_no,
      ('10.' || t.session_no % 200 || '.' || t.session_no % 99 || '.0')::inet,
      'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1',
      case when t.session_no % 5 > 0 then 'https://www.' || s.platform || '.com/' end,
      '/collections/' || s.number || case when t.session_no % 7 = 0 then '/sale' else '' end,
      (array['US', 'US', 'US', 'CA', 'GB', 'DE', 'FR', 'AU', 'NL', 'SE'])[1 + t.session_no % 10],
      'City ' || floor(40 * power((hashint8(t.session_no) & 1023) / 1024.0, 2)),
      (array['mobile', 'mobile', 'mobile', 'desktop', 'tablet'])[1 + t.session_no % 5], t.at, t.at, t.at + interval '30 days'
    from touches t
    join slots s on s.slot = t.slot
    where t.at >= v_part.since and t.at < v_part.until
    order by t.at;
    get diagnostics v_part_rows = row_count;
    v_rows := v_rows + v_part_rows;
    raise notice '% visits', v_rows;
  end loop;
end
$$;
do 'begin raise notice ''building indexes ...''; end';
alter table campaign_visits add primary key (id);
alter table campaign_visits add constraint campaign_visits_touch_key unique (session_id, touch_no);
create index campaign_visits_campaign_id_visited_at_idx on campaign_visits (campaign_id, visited_at);
create index campaign_visits_visited_at_idx on campaign_visits using brin (visited_at timestamptz_minmax_multi_ops) with (pages_per_range = 32, autosummarize = on);
select setval('_campaign_session_no', (:visits * 0.6)::bigint) \g /dev/null
vacuum analyze campaign_visits;

do 'begin raise notice ''placing orders ...''; end';
insert into orders (session_id, total, created_at)
select v.session_id, 20 + (v.session_no % 8192) / 100.0, v.visited_at + interval '20 minutes'
from campaign_visits v
where (v.session_no + v.touch_no) % 50 = 0;
insert into order_lines
select o.id, (o.id * 7 + n) % 200, 'Product ' || (o.id * 7 + n) % 200, 1, round(o.total / 2, 2) from orders o cross join generate_series(1, 2) n;
create index on order_lines (order_id);
vacuum analyze orders, order_lines, campaign_conversions;
do 'begin raise notice ''ready''; end';
