-- What the shop sells, to whom, and what it adds for tax and shipping. Ids are fixed, so that an example can name them:
-- customer 1 is c0000000-0000-4000-8000-000000000001, her address a0000000-0000-4000-8000-000000000001 (no tax there), the
-- Summer Dress d0000000-0000-4000-8000-000000000001.
insert into demo.products (id, sku, name, price)
select format('d0000000-0000-4000-8000-%s', lpad(row_number() over (order by no)::text, 12, '0'))::uuid, sku, name, price
from (values
  ( 1, 'DRESS-SUMMER',   'Summer Dress',          150.00),
  ( 2, 'DRESS-WRAP',     'Wrap Beach Dress',       89.00),
  ( 3, 'DRESS-MAXI',     'Linen Maxi Dress',      179.00),
  ( 4, 'KAFTAN-SILK',    'Silk Kaftan',           210.00),
  ( 5, 'SHIRT-LINEN',    'Linen Shirt',            75.00),
  ( 6, 'SHORTS-LINEN',   'Linen Shorts',           59.00),
  ( 7, 'TROUSER-LINEN',  'Linen Trousers',         95.00),
  ( 8, 'TEE-STRIPE',     'Striped Cotton Tee',     32.00),
  ( 9, 'POLO-TERRY',     'Terry Polo',             68.00),
  (10, 'SWIM-ONE',       'Ribbed Swimsuit',        85.00),
  (11, 'SWIM-BIKINI',    'Tie-Side Bikini',        72.00),
  (12, 'SWIM-SHORTS',    'Swim Shorts',            55.00),
  (13, 'SWIM-RASH',      'Long-Sleeve Rash Guard', 64.00),
  (14, 'SARONG',         'Printed Sarong',         38.00),
  (15, 'HAT-STRAW',      'Straw Sun Hat',          45.00),
  (16, 'HAT-BUCKET',     'Bucket Hat',             29.00),
  (17, 'SUN-ROUND',      'Round Sunglasses',       98.00),
  (18, 'SANDAL-LEATHER', 'Leather Sandals',       110.00),
  (19, 'SANDAL-SLIDE',   'Pool Slides',            42.00),
  (20, 'ESPADRILLE',     'Canvas Espadrilles',     65.00),
  (21, 'BAG-BEACH',      'Woven Beach Bag',        79.00),
  (22, 'TOWEL-TURKISH',  'Turkish Beach Towel',    48.00),
  (23, 'ANKLET-SHELL',   'Shell Anklet',           18.00),
  (24, 'BLANKET-PICNIC', 'Picnic Blanket',         69.00)
) as product (no, sku, name, price)
on conflict do nothing;

insert into demo.tax_rates (country, region, rate) values
  ('US', '', 0), ('US', 'CA', 0.0725), ('US', 'NY', 0.08875), ('US', 'TX', 0.0625), ('US', 'FL', 0.06), ('US', 'WA', 0.065), ('US', 'IL', 0.0625),
  ('CA', '', 0.05), ('CA', 'ON', 0.13), ('CA', 'QC', 0.14975), ('CA', 'BC', 0.12),
  ('GB', '', 0.20), ('DE', '', 0.19), ('FR', '', 0.20), ('ES', '', 0.21), ('IT', '', 0.22), ('NL', '', 0.21), ('AU', '', 0.10), ('BR', '', 0.17)
on conflict do nothing;

insert into demo.shipping_rates (country, fee, free_from) values
  ('US', 5.95, 100), ('CA', 9.95, 150), ('GB', 12.95, 200), ('DE', 12.95, 200), ('*', 19.95, 300)
on conflict do nothing;

-- Sixty regular customers, each with an address; every fifth has a second one.
with
people as (
  select no,
         (array['Ada', 'Bruno', 'Clara', 'Dario', 'Elena', 'Felix', 'Grace', 'Hugo', 'Ines', 'Jonas', 'Kira', 'Liam'])[1 + (no - 1) % 12] as first_name,
         (array['Moreau', 'Novak', 'Okafor', 'Petersen', 'Quinn', 'Rossi', 'Silva', 'Tanaka', 'Urban', 'Vargas'])[1 + (no - 1) % 10] as last_name
  from generate_series(1, 60) as no
)
insert into demo.customers (id, email, full_name, created_at)
select format('c0000000-0000-4000-8000-%s', lpad(no::text, 12, '0'))::uuid,
       lower(first_name || '.' || last_name) || '@example.com',
       first_name || ' ' || last_name,
       date_trunc('day', now()) - make_interval(days => 120 + no * 9)
from people
on conflict do nothing;

with
places as (
  select *
  from (values
    (0, 'US', 'CA', 'Los Angeles', '90012'), (1, 'US', 'NY', 'New York', '10013'), (2, 'US', 'TX', 'Austin', '78701'),
    (3, 'US', 'FL', 'Miami', '33130'), (4, 'US', 'WA', 'Seattle', '98101'), (5, 'CA', 'BC', 'Vancouver', 'V6B 1A1'),
    (6, 'CA', 'ON', 'Toronto', 'M5V 2T6'), (7, 'US', 'OR', 'Portland', '97205'), (8, 'GB', '', 'London', 'E1 6AN'),
    (9, 'DE', '', 'Berlin', '10115'), (10, 'FR', '', 'Lyon', '69002'), (11, 'AU', '', 'Sydney', '2000')
  ) as place (no, country, region, city, postal_code)
),
homes as (
  select no, no as customer_no, (no * 7) % 12 as place_no from generate_series(1, 60) as no
  union all
  select 60 + no, no * 5, (no * 5) % 12 from generate_series(1, 12) as no
)
insert into demo.addresses (id, customer_id, country, region, city, postal_code, line1)
select format('a0000000-0000-4000-8000-%s', lpad(homes.no::text, 12, '0'))::uuid,
       format('c0000000-0000-4000-8000-%s', lpad(homes.customer_no::text, 12, '0'))::uuid,
       places.country, places.region, places.city, places.postal_code,
       (homes.no * 3 + 4)::text || ' Harbour Street'
from homes join places on places.no = homes.place_no
on conflict do nothing;
