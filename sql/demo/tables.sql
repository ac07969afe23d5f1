-- A web shop as it is before it hears of campaigns: customers, their addresses, a catalogue, orders and their lines.
-- Every file of the demo shop may run again: what is there stays.
create schema if not exists demo;
comment on schema demo is 'A small beach-fashion shop to try pg_campaign on.';

create table if not exists demo.customers (
  id         uuid primary key default gen_random_uuid(),
  email      text not null unique,
  full_name  text not null,
  created_at timestamptz not null default now()
);

create table if not exists demo.addresses (
  id          uuid primary key default gen_random_uuid(),
  customer_id uuid not null references demo.customers on delete cascade,
  country     text not null check (country ~ '^[A-Z]{2}$'),
  region      text not null default '',
  city        text not null,
  postal_code text not null,
  line1       text not null
);
create index if not exists addresses_customer_id_idx on demo.addresses (customer_id);

create table if not exists demo.products (
  id        uuid primary key default gen_random_uuid(),
  sku       text not null unique,
  name      text not null,
  price     numeric(12, 2) not null check (price >= 0),
  is_active boolean not null default true
);

-- rate is a fraction: 0.0725 is 7.25 %. A row without region is the whole country's.
create table if not exists demo.tax_rates (
  country text not null,
  region  text not null default '',
  rate    numeric not null check (rate >= 0 and rate < 1),
  primary key (country, region)
);

-- The row of country '*' serves every country that has none of its own.
create table if not exists demo.shipping_rates (
  country   text primary key,
  fee       numeric(12, 2) not null check (fee >= 0),
  free_from numeric(12, 2) not null check (free_from >= 0)
);

create sequence if not exists demo.order_numbers start with 10001;

create table if not exists demo.orders (
  id                  uuid primary key default gen_random_uuid(),
  order_number        text not null unique default 'ORD-' || nextval('demo.order_numbers'),
  customer_id         uuid references demo.customers,
  status              text not null default 'paid'
                      check (status in ('pending', 'paid', 'shipped', 'delivered', 'cancelled', 'refunded')),
  subtotal            numeric not null,
  tax                 numeric not null default 0,
  shipping            numeric not null default 0,
  total               numeric not null,
  currency            text not null default 'USD',
  refunded            numeric not null default 0,
  shipping_address_id uuid references demo.addresses,
  billing_address_id  uuid references demo.addresses,
  created_at          timestamptz not null default now()
);
alter sequence demo.order_numbers owned by demo.orders.order_number;
create index if not exists orders_customer_id_idx on demo.orders (customer_id);

create table if not exists demo.order_lines (
  order_id     uuid not null references demo.orders on delete cascade,
  line_no      integer not null,
  product_id   uuid not null references demo.products,
  product_name text not null,
  quantity     integer not null check (quantity > 0),
  unit_price   numeric not null,
  amount       numeric not null,
  primary key (order_id, line_no)
);
