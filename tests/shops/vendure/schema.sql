-- The tables of Vendure 3 that an order lives in: camelCase, minor units, and the order row that begins as a cart.
create table public.customer (
  "createdAt" timestamp(6) not null default now(),
  "updatedAt" timestamp(6) not null default now(),
  "deletedAt" timestamp,
  "firstName" varchar not null default '',
  "emailAddress" varchar not null,
  id serial primary key
);
create table public.product_variant (
  id serial primary key,
  sku varchar not null,
  "deletedAt" timestamp
);
create table public.product_variant_translation (
  id serial primary key,
  "languageCode" varchar not null,
  name varchar not null,
  "baseId" integer references public.product_variant on delete cascade
);
create table public."order" (
  "createdAt" timestamp(6) not null default now(),
  "updatedAt" timestamp(6) not null default now(),
  type varchar not null default 'Regular',
  code varchar not null unique,
  state varchar not null,
  active boolean not null default true,
  "orderPlacedAt" timestamp,
  "currencyCode" varchar not null,
  id serial primary key,
  "customerId" integer references public.customer,
  "subTotal" integer not null,
  "subTotalWithTax" integer not null,
  shipping integer not null default 0,
  "shippingWithTax" integer not null default 0,
  "customFieldsCampaignsession" varchar(255)
);
create table public.order_line (
  id serial primary key,
  quantity integer not null,
  "orderPlacedQuantity" integer not null default 0,
  "listPrice" integer not null,
  "listPriceIncludesTax" boolean not null default true,
  "orderId" integer references public."order" on delete cascade,
  "productVariantId" integer references public.product_variant
);
create table public.payment (
  "createdAt" timestamp(6) not null default now(),
  method varchar not null,
  state varchar not null,
  id serial primary key,
  "orderId" integer references public."order",
  amount integer not null
);
create table public.refund (
  "createdAt" timestamp(6) not null default now(),
  state varchar not null,
  id serial primary key,
  "paymentId" integer not null references public.payment,
  total integer not null
);
