create type campaign_details as (
  id uuid,
  parent_campaign_id uuid,
  name text,
  description text,
  platform text,
  campaign_type text,
  post_url text,
  landing_url text,
  tracking_code text,
  tracking_url text,
  cost numeric,
  budget numeric,
  starts_at timestamptz,
  ends_at timestamptz,
  is_active boolean,
  metadata jsonb,
  child_count integer,
  created_at timestamptz,
  updated_at timestamptz
);

comment on type campaign_details is
  'A campaign as the management functions show it: its stored fields, its tracking URL and the number of its direct children. Money is rounded to 2 places.';

create type campaign_dimension as enum ('device', 'country', 'city', 'referrer', 'landing_page');

comment on type campaign_dimension is
  'What campaign_breakdown_snapshots tells visits apart by: device, country, city, referrer (the host it names), landing_page.';
