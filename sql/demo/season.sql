-- A season of data for the demo shop: 90 days ending now, told through the same functions a shop would call.
--   psql -f sql/demo/season.sql                     about 40,000 visits
--   psql -v visits=200000 -f sql/demo/season.sql    another size; costs grow with it, so rates and ROI stay alike
-- One transaction: all of it is there or nothing. The same day and size give the same people, clicks and baskets.
\set ON_ERROR_STOP on
\if :{?visits}
\else
\set visits 40000
\endif

begin;
set local client_min_messages = warning;
set local timezone = 'UTC';
set local search_path = campaign;
set local max_parallel_workers_per_gather = 0;

-- More clicks than visits: some come from crawlers, some from people whose last visit of that post still lives.
create temporary table season (
  visits    integer not null check (visits between 1000 and 5000000),
  clicks    integer not null,
  first_day date not null,
  scale     numeric not null
) on commit drop;
insert into season values (:visits, :visits * 1.15, current_date - 89, :visits / 40000.0);
do 'begin perform setseed(0.2024); end';

do $$
begin
  if exists (select from campaigns where metadata @> '{"demo": "season"}') then
    raise exception using errcode = '55000', message = 'the season is already in this database',
      hint = 'Delete its two parent campaigns with campaign_delete(id, force => true) to make it again.';
  end if;
end
$$;

-- The posts. share: of all clicks; rate: orders per click; half_life: days in which a post's pull halves, null for a paid ad
-- that pulls evenly; promoted: what its visitors buy first; basket: lines of an order beyond the first, on average.
create temporary table season_posts on commit drop as
select post.*, null::uuid as id, null::text as tracking_code
from (values
  ( 1, 'season', 'Summer Dress Reel - Instagram',     'instagram', 'reel',   600,  700, 0.085, 0.036,  2, 60,    9, array['DRESS-SUMMER', 'HAT-STRAW'],                  0.4, '/products/summer-dress'),
  ( 2, 'season', 'Beach Collection - TikTok',         'tiktok',    'video', 2200, 2400, 0.220, 0.042,  5, 90,   14, array['SWIM-BIKINI', 'SARONG', 'BAG-BEACH'],         1.1, '/collections/beach'),
  ( 3, 'season', 'Linen Days Story - Instagram',      'instagram', 'story',  400,  500, 0.060, 0.022, 12, 30,    3, array['SHIRT-LINEN', 'SHORTS-LINEN'],                0.6, '/collections/linen'),
  ( 4, 'season', 'Swimwear Try-On - YouTube',         'youtube',   'video', 2400, 2500, 0.110, 0.028,  8, 90,   25, array['SWIM-ONE', 'SWIM-BIKINI', 'SWIM-RASH'],       0.9, '/collections/swimwear'),
  ( 5, 'season', 'Poolside Carousel - Facebook',      'facebook',  'post',   500,  600, 0.060, 0.019, 20, 90,    8, array['SANDAL-SLIDE', 'TOWEL-TURKISH'],              0.5, '/collections/poolside'),
  ( 6, 'season', 'Last Chance Ad - Facebook',         'facebook',  'ad',    1900, 2000, 0.065, 0.003, 55, 85, null, array['ANKLET-SHELL', 'HAT-BUCKET'],                 0.1, '/sale'),
  ( 7, 'season', 'Sandals in 15 Seconds - TikTok',    'tiktok',    'video', 1500, 1600, 0.150, 0.031, 30, 90,    6, array['SANDAL-LEATHER', 'ESPADRILLE'],               0.3, '/products/leather-sandals'),
  ( 8, 'season', 'Sun Hats Thread - Twitter',         'twitter',   'post',   150,  200, 0.030, 0.016, 25, 90,    4, array['HAT-STRAW', 'HAT-BUCKET'],                    0.3, '/products/straw-sun-hat'),
  ( 9, 'season', 'Summer Dress Ad - Instagram',       'instagram', 'ad',    2600, 2800, 0.080, 0.026, 15, 75, null, array['DRESS-SUMMER', 'DRESS-WRAP', 'DRESS-MAXI'],   0.4, '/collections/dresses'),
  (10, 'season', 'Packing List Video - YouTube',      'youtube',   'video', 1200, 1300, 0.050, 0.024, 40, 90,   20, array['BAG-BEACH', 'TOWEL-TURKISH', 'SUN-ROUND'],    1.4, '/pages/packing-list'),
  (11, 'season', 'Picnic Pin - Pinterest',            'other',     'post',   150,  200, 0.020, 0.021, 35, 90,   30, array['BLANKET-PICNIC'],                             0.7, '/products/picnic-blanket'),
  (12, 'launch', 'Launch Video A - Emotional',        'instagram', 'video',  750,  750, 0.035, 0.018, 60, 90,   12, array['KAFTAN-SILK'],                                0.2, '/products/silk-kaftan'),
  (13, 'launch', 'Launch Video B - Features',         'instagram', 'video',  750,  750, 0.035, 0.039, 60, 90,   12, array['KAFTAN-SILK'],                                0.2, '/products/silk-kaftan')
) as post (no, parent, name, platform, campaign_type, cost, budget, share, rate, first_day, last_day, half_life, promoted, basket, landing_page);

do $$
declare
  v_season    season;
  v_starts_at timestamptz;
  v_season_id uuid;
  v_launch_id uuid;
  v_post      record;
  v_details   record;
begin
  select * into v_season from season;
  v_starts_at := v_season.first_day;

  select id into v_season_id from campaign_create(
    name => format('Summer %s Sale', extract(year from v_season.first_day)),
    description => 'The summer campaign across all platforms',
    platform => 'multi', campaign_type => 'campaign', budget => round(15000 * v_season.scale, 2),
    starts_at => v_starts_at, ends_at => v_starts_at + interval '104 days', metadata => '{"demo": "season"}');
  select id into v_launch_id from campaign_create(
    name => 'Silk Kaftan Launch',
    description => 'Two videos for one product: which one sells?',
    platform => 'multi', campaign_type => 'campaign', budget => round(1500 * v_season.scale, 2),
    starts_at => v_starts_at + interval '60 days', ends_at => v_starts_at + interval '104 days',
    metadata => '{"demo": "season", "test": "A/B"}');

  for v_post in select * from season_posts order by no loop
    select * into v_details from campaign_create(
      parent_campaign_id => case v_post.parent when 'season' then v_season_id else v_launch_id end,
      name => v_post.name, platform => v_post.platform, campaign_type => v_post.campaign_type,
      post_url => case v_post.platform
        when 'instagram' then 'https://www.instagram.com/p/demo'
        when 'tiktok' then 'https://www.tiktok.com/@demo/video/'
        when 'youtube' then 'https://www.youtube.com/watch?v=demo'
        when 'facebook' then 'https://www.facebook.com/demo/posts/'
        when 'twitter' then 'https://twitter.com/demo/status/'
        else 'https://www.pinterest.com/pin/' end || v_post.no,
      cost => round(v_post.cost * v_season.scale, 2), budget => round(v_post.budget * v_season.scale, 2),
      starts_at => v_starts_at + make_interval(days => v_post.first_day));
    update season_posts set id = v_details.id, tracking_code = v_details.tracking_code where no = v_post.no;
  end loop;
end
$$;

-- Visitors: one browser each, at home in one place. Of a hundred, three are crawlers: the last three agents.
create temporary table season_agents (no serial, user_agent text) on commit drop;
insert into season_agents (user_agent) values
  ('Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1'),
  ('Mozilla/5.0 (iPhone; CPU iPhone OS 17_4_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Instagram 331.0.3.29.90 (iPhone15,2; iOS 17_4_1; en_US; en; scale=3.00; 1179x2556; 594100240)'),
  ('Mozilla/5.0 (iPhone; CPU iPhone OS 16_7_8 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 Mobile/15E148 Safari/604.1'),
  ('Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0.0.0 Mobile Safari/537.36'),
  ('Mozilla/5.0 (Linux; Android 13; SM-S911B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36'),
  ('Mozilla/5.0 (Linux; Android 14; SM-A546B; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/124.0.6367.123 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/463.0.0.44.83;]'),
  ('Mozilla/5.0 (Linux; Android 12; Redmi Note 11) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/123.0.0.0 Mobile Safari/537.36'),
  ('Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 Mobile/15E148 Safari/604.1'),
  ('Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0.0.0 Safari/537.36'),
  ('Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:126.0) Gecko/20100101 Firefox/126.0'),
  ('Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15'),
  ('facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)'),
  ('Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)'),
  ('Twitterbot/1.0');

-- Addresses are of networks reserved for documentation; %1$s is a host, %2$s a subnet.
create temporary table season_places (no integer, network text, country text, region text, city text, postal_code text) on commit drop;
insert into season_places values
  ( 0, '203.0.113.%1$s',      'US', 'CA', 'Los Angeles',    '90012'),
  ( 1, '203.0.113.%1$s',      'US', 'NY', 'New York',       '10013'),
  ( 2, '203.0.113.%1$s',      'US', 'TX', 'Austin',         '78701'),
  ( 3, '203.0.113.%1$s',      'US', 'FL', 'Miami',          '33130'),
  ( 4, '203.0.113.%1$s',      'US', 'WA', 'Seattle',        '98101'),
  ( 5, '203.0.113.%1$s',      'US', 'OR', 'Portland',       '97205'),
  ( 6, '198.51.100.%1$s',     'CA', 'ON', 'Toronto',        'M5V 2T6'),
  ( 7, '198.51.100.%1$s',     'CA', 'BC', 'Vancouver',      'V6B 1A1'),
  ( 8, '2001:db8:%2$s::%1$s', 'DE', '',   'Berlin',         '10115'),
  ( 9, '2001:db8:%2$s::%1$s', 'DE', '',   'Hamburg',        '20095'),
  (10, '192.0.2.%1$s',        'BR', '',   'São Paulo',      '01001-000'),
  (11, '192.0.2.%1$s',        'BR', '',   'Rio de Janeiro', '20010-000');

create temporary table season_sessions on commit drop as
with draws as materialized (
  select no, random() < 0.03 as is_bot, random() as agent, power(random(), 1.6) as place, random() as host, random() as subnet, random() as customer
  from generate_series(1, (select (clicks * 0.84)::integer from season)) as no
)
select draws.no, md5('season session ' || draws.no)::uuid::text as session_id, is_bot, places.no as place_no,
       format(places.network, 1 + floor(host * 254)::integer, 1 + floor(subnet * 999)::integer) as ip_address,
       case when is_bot then 12 + floor(agent * 3)::integer else 1 + floor(power(agent, 1.3) * 11)::integer end as agent_no,
       -- Three buyers in ten are the shop's regulars, the others register with their first order.
       case when customer < 0.3
            then format('c0000000-0000-4000-8000-%s', lpad((1 + floor(customer / 0.3 * 60))::integer::text, 12, '0'))::uuid
            else md5('season customer ' || draws.no)::uuid end as customer_id,
       customer >= 0.3 as is_new_customer
from draws join season_places as places on places.no = floor(draws.place * 12)::integer;
create unique index on season_sessions (no);

-- When people click: each post has its own life, weekends are busier, evenings busiest.
create temporary table season_clicks on commit drop as
with
slots as (
  select posts.no as post_no, day.no as day_no,
         posts.share * (case extract(isodow from season.first_day + day.no) when 5 then 1.1 when 6 then 1.35 when 7 then 1.45 else 0.9 end)
         * case when half_life is null then 1 else power(0.5, (day.no - posts.first_day) / half_life::float) + 0.05 end as pull
  from season, season_posts as posts, generate_series(0, 89) as day (no)
  where day.no between posts.first_day and posts.last_day
),
shares as (
  select post_no, day_no, posts.share * pull / sum(pull) over (partition by post_no) as share
  from slots join season_posts as posts on posts.no = post_no
),
post_days as (
  select row_number() over (order by post_no, day_no) as no, post_no, day_no,
         sum(share) over (order by post_no, day_no) / sum(share) over () as upto
  from shares
),
hours as (
  select hour - 1 as hour, sum(weight) over (order by hour)::float / sum(weight) over () as upto
  from unnest(array[4, 3, 2, 1, 1, 1, 2, 4, 6, 7, 7, 8, 10, 9, 8, 8, 9, 10, 12, 14, 16, 15, 11, 7]) with ordinality as day (weight, hour)
),
bounds as materialized (
  select (select array_agg(upto::float order by no) from post_days) as post_days, (select array_agg(upto order by hour) from hours) as hours
),
draws as materialized (
  select no, random() as post_day, random() as hour, random() as moment, random() as same_post, random() as session, random() as delay,
         random() as referrer, random() as buys, random() as hesitates, random() as how_long, random() as again, random() as again_when,
         random() as browses, random() as browses_when, random() as comes_back
  from generate_series(1, (select clicks from season)) as no
),
first_clicks as materialized (
  select draws.*, sessions.no as session_no, post_days.post_no,
         season.first_day + make_interval(days => post_days.day_no, hours => width_bucket(draws.hour, bounds.hours), secs => draws.moment * 3599) as at
  from draws
  join season_sessions as sessions on sessions.no = draws.no
  join bounds on true
  join season on true
  join post_days on post_days.no = least(1 + width_bucket(draws.post_day, bounds.post_days), cardinality(bounds.post_days))
),
-- Who returns does so days later, by the same post or by another one that is out by then.
later_clicks as materialized (
  select draws.*, first_clicks.session_no, first_clicks.post_no as first_post_no, post_days.post_no as other_post_no,
         first_clicks.at - ln(1 - draws.delay) * interval '5 days' as at
  from draws
  join bounds on true
  join post_days on post_days.no = least(1 + width_bucket(draws.post_day, bounds.post_days), cardinality(bounds.post_days))
  join first_clicks on first_clicks.session_no = 1 + floor(draws.session * (select count(*) from season_sessions))::integer
  where draws.no > (select count(*) from season_sessions)
)
select no, session_no, post_no, at, referrer, buys, hesitates, how_long, again, again_when, browses, browses_when, comes_back
from first_clicks
where at < now()
union all
select later.no, session_no, posts.no, at, referrer, buys, hesitates, how_long, again, again_when, browses, browses_when, comes_back
from later_clicks as later
join season on true
join season_posts as other on other.no = other_post_no
join season_posts as posts
  on posts.no = case when same_post < 0.4 or at not between season.first_day + other.first_day and season.first_day + other.last_day
                     then first_post_no else other_post_no end
where at < now() - interval '1 minute';
create index on season_clicks ((at::date));
create index on season_clicks (session_no, at);
analyze season_clicks;

-- Page views: half of the clicks browse on, some come back a few days later without a new click.
create temporary table season_page_views on commit drop as
with page_views as (
  select clicks.session_no, at + browses_when * interval '20 minutes' as at
  from season_clicks as clicks where browses < 0.55
  union all
  select clicks.session_no, at + interval '18 hours' + browses_when * interval '4 days'
  from season_clicks as clicks where comes_back < 0.12
)
select session_no, at
from page_views
join season_sessions as sessions on sessions.no = session_no
where not is_bot
  and at < now()
  -- A day's clicks are told before its page views: leave out those that a click of the same day follows.
  and not exists (
    select from season_clicks as clicks
    where clicks.session_no = page_views.session_no and clicks.at > page_views.at and clicks.at < date_trunc('day', page_views.at) + interval '1 day');
create index on season_page_views ((at::date));

-- Orders: most within the hour, the others after a few days; one buyer in ten buys again; some come without any campaign.
create temporary table season_orders on commit drop as
with purchases as (
  select session_no, post_no, at + case when hesitates < 0.7 then interval '3 minutes' + how_long * interval '40 minutes' else -ln(1 - how_long) * interval '2 days' end as at
  from season_clicks as clicks join season_posts as posts on posts.no = post_no where buys < rate
  union all
  select session_no, post_no, at + interval '1 day' - ln(1 - again_when) * interval '9 days'
  from season_clicks as clicks join season_posts as posts on posts.no = post_no where buys < rate and again < 0.1
  union all
  select null, null, now() - power(random(), 0.9) * interval '89 days'
  from generate_series(1, (select (visits * 0.008)::integer from season))
)
select row_number() over (order by at) as no, purchases.session_no, purchases.post_no, at, sessions.session_id,
       coalesce(sessions.customer_id, format('c0000000-0000-4000-8000-%s', lpad((1 + floor(regular * 60))::integer::text, 12, '0'))::uuid) as customer_id,
       coalesce(sessions.is_new_customer, false) as is_new_customer, sessions.place_no, null::jsonb as items, fate, null::uuid as order_id
from (select *, random() as regular, random() as fate from (select * from purchases order by at, session_no) as purchases) as purchases
left join season_sessions as sessions on sessions.no = session_no
where not coalesce(is_bot, false) and at < now();
create unique index on season_orders (no);

with
lines as materialized (
  select wishes.*, random() as wanted, random() as product, random() as quantity
  from (select orders.no, line_no, basket, promoted
        from season_orders as orders
        left join season_posts as posts on posts.no = orders.post_no
        cross join generate_series(1, 4) as line_no
        order by orders.no, line_no) as wishes
),
products as (
  select id, sku, row_number() over (order by sku) - 1 as no, count(*) over () as number from demo.products where is_active
),
picked as (
  select lines.no, products.id, sum(case when quantity < 0.9 then 1 when quantity < 0.98 then 2 else 3 end) as quantity
  from lines
  join products
    on case when promoted is not null and (line_no = 1 or wanted < 0.3) then products.sku = promoted[1 + floor(product * cardinality(promoted))::integer]
            else products.no = floor(product * products.number) end
  where line_no = 1 or wanted < power(coalesce(basket, 0.5) / (1 + coalesce(basket, 0.5)), line_no - 1)
  group by lines.no, products.id
)
update season_orders as orders
set items = (select jsonb_agg(jsonb_build_object('product_id', id, 'quantity', quantity) order by id) from picked where picked.no = orders.no);

insert into demo.customers (id, email, full_name, created_at)
select customer_id, format('customer.%s@example.com', session_no),
       format('%s %s', (array['Mia', 'Noah', 'Olga', 'Pablo', 'Rosa', 'Sven', 'Tara', 'Uwe', 'Vera', 'Wim', 'Yara', 'Zoe'])[1 + session_no % 12],
                       (array['Adler', 'Berg', 'Costa', 'Dahl', 'Evans', 'Fischer', 'Greco', 'Hansen', 'Ivanova', 'Jensen'])[1 + session_no / 12 % 10]),
       min(at) - interval '2 minutes'
from season_orders
where is_new_customer
group by customer_id, session_no
on conflict do nothing;

insert into demo.addresses (id, customer_id, country, region, city, postal_code, line1)
select distinct md5('season address ' || session_no)::uuid, customer_id, country, region, city, postal_code, format('%s Garden Road', 1 + session_no % 200)
from season_orders join season_places as places on places.no = place_no
where is_new_customer
on conflict do nothing;

-- The season itself, day by day.
set local client_min_messages = notice;
do $$
declare
  v_first_day  date := (select first_day from season);
  v_day        date;
  v_batch      record;
  v_order      record;
  v_visits     bigint;
  v_refusal    text;
  v_sum_visits bigint := 0;
  v_sum_views  bigint := 0;
  v_sum_orders bigint := 0;
  v_placed     jsonb;
begin
  for v_day in select generate_series(v_first_day, v_first_day + 89, interval '1 day')::date loop
    select array_agg(posts.tracking_code order by clicks.at, clicks.no) as tracking_codes,
           array_agg(sessions.session_id order by clicks.at, clicks.no) as session_ids,
           array_agg(posts.landing_page order by clicks.at, clicks.no) as landing_pages,
           array_agg(agents.user_agent order by clicks.at, clicks.no) as user_agents,
           array_agg(case when referrer < 0.8 then case posts.platform
                         when 'instagram' then 'https://l.instagram.com/' when 'tiktok' then 'https://www.tiktok.com/'
                         when 'youtube' then 'https://www.youtube.com/' when 'facebook' then 'https://l.facebook.com/'
                         when 'twitter' then 'https://t.co/' else 'https://www.pinterest.com/' end end order by clicks.at, clicks.no) as referrers,
           array_agg(sessions.ip_address order by clicks.at, clicks.no) as ip_addresses,
           array_agg(clicks.at order by clicks.at, clicks.no) as visited_at
    into v_batch
    from season_clicks as clicks
    join season_posts as posts on posts.no = clicks.post_no
    join season_sessions as sessions on sessions.no = clicks.session_no
    join season_agents as agents on agents.no = sessions.agent_no
    where clicks.at::date = v_day;

    if v_batch.session_ids is not null then
      select count(*) filter (where is_new), min(error_message) into v_visits, v_refusal
      from campaign_track_visits(v_batch.tracking_codes, v_batch.session_ids, v_batch.landing_pages, v_batch.user_agents,
                                 v_batch.referrers, v_batch.ip_addresses, v_batch.visited_at);
      if v_refusal is not null then
        raise exception 'a click was refused: %', v_refusal;
      end if;
      v_sum_visits := v_sum_visits + v_visits;
    end if;

    v_sum_views := v_sum_views + (
      select count(campaign_update_activity(session_id, at))
      from (select session_id, at
            from season_page_views join season_sessions as sessions on sessions.no = session_no
            where at::date = v_day order by at, session_no) as page_views);

    for v_order in select * from season_orders where at::date = v_day order by no loop
      if v_order.session_id is not null then
        perform campaign_identify(v_order.session_id, v_order.customer_id::text);
      end if;
      v_placed := demo.place_order(
        customer_id => v_order.customer_id, items => v_order.items, session_id => v_order.session_id, placed_at => v_order.at,
        shipping_address_id => (select id from demo.addresses where customer_id = v_order.customer_id order by id limit 1));
      update season_orders set order_id = (v_placed ->> 'id')::uuid where no = v_order.no;
      v_sum_orders := v_sum_orders + 1;
    end loop;

    if (v_day - v_first_day) % 15 = 14 then
      raise notice 'day % of 90: % visits, % page views, % orders', v_day - v_first_day + 1, v_sum_visits, v_sum_views, v_sum_orders;
    end if;
  end loop;
end
$$;

-- What happens after the sale: parcels go out, some come back, some orders are called off.
update demo.orders
set status = case when fate < 0.02 then 'cancelled' when fate < 0.045 then 'refunded' when at < now() - interval '5 days' then 'delivered' else 'shipped' end,
  refunded = case when fate >= 0.02 and fate < 0.045 then total when fate >= 0.045 and fate < 0.075 then round(total * 0.4, 2) else 0 end
from season_orders
where orders.id = season_orders.order_id and at < now() - interval '1 day';

-- The ad that never paid for itself is stopped.
do 'begin perform campaign_deactivate(id) from season_posts where no = 6; end';
commit;
