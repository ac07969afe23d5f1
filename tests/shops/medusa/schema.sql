-- The tables of Medusa 2 that an order lives in: text keys, no foreign key to the customer, totals in jsonb.
create type public.order_status_enum as enum ('pending', 'completed', 'draft', 'archived', 'canceled', 'requires_action');
create table public.customer (
  id text primary key,
  email text,
  has_account boolean not null default false,
  created_at timestamptz not null default now(),
  deleted_at timestamptz
);
create table public."order" (
  id text primary key,
  region_id text,
  display_id serial,
  customer_id text,
  version integer not null default 1,
  status public.order_status_enum not null default 'pending',
  is_draft_order boolean not null default false,
  email text,
  currency_code text not null,
  metadata jsonb,
  canceled_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz
);
create index "IDX_order_customer_id" on public."order" (customer_id) where deleted_at is null;
create table public.order_summary (
  id text primary key,
  order_id text not null references public."order" on delete cascade,
  version integer not null default 1,
  totals jsonb,
  created_at timestamptz not null default now(),
  deleted_at timestamptz
);
create index "IDX_order_summary_order_id_version" on public.order_summary (order_id, version) where deleted_at is null;
create table public.order_line_item (
  id text primary key,
  title text not null,
  product_id text,
  product_title text,
  variant_id text,
  unit_price numeric not null,
  deleted_at timestamptz
);
create table public.order_item (
  id text primary key,
  order_id text not null references public."order" on delete cascade,
  version integer not null,
  item_id text not null references public.order_line_item,
  quantity numeric not null,
  deleted_at timestamptz
);
create table public.order_transaction (
  id text primary key,
  order_id text not null references public."order" on delete cascade,
  version integer not null default 1,
  amount numeric not null,
  currency_code text not null,
  reference text,
  created_at timestamptz not null default now()
);
