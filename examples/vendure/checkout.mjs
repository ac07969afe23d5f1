// Starts a real Vendure on an empty database, attaches it as docs/shops/vendure.md says, and checks that orders placed
// through its Shop API, then cancelled and refunded through its Admin API, are credited to the penny.
// Run it by `make example-vendure`, which gives it a private PostgreSQL.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import core from '@vendure/core';
import { populate } from '@vendure/core/cli/index.js';
import pg from 'pg';
import { administrator, config, goods } from './config.mjs';

const here = new URL('.', import.meta.url);
const step = text => console.log(`    ${text}`);

const database = new pg.Client();
await database.connect();
const sql = async (text, ...values) => (await database.query(text, values)).rows;

// One visitor or administrator of the shop, with the token that Vendure gave them.
class Caller {
  #token;
  #address;

  constructor(api) {
    this.#address = `http://127.0.0.1:${process.env.SHOP_PORT}/${api}`;
  }

  async call(query, variables = {}) {
    const answer = await fetch(this.#address, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...(this.#token && { Authorization: `Bearer ${this.#token}` }) },
      body: JSON.stringify({ query, variables }),
    });
    this.#token = answer.headers.get('vendure-auth-token') ?? this.#token;
    const { data, errors } = await answer.json();
    assert.equal(errors, undefined, JSON.stringify(errors));
    const [result] = Object.values(data);
    assert.equal(result?.errorCode, undefined, JSON.stringify(result));
    return result;
  }
}

const failed = '... on ErrorResult { errorCode message }';

// From an empty cart to a paid order, as a storefront does it; `session` is the id that the tracking snippet made.
async function buy(quantity, session, email) {
  const visitor = new Caller('shop-api');
  const { items } = await visitor.call('{ products { items { variants { id } } } }');
  await visitor.call(`mutation ($id: ID!, $quantity: Int!) { addItemToOrder(productVariantId: $id, quantity: $quantity) { ... on Order { id } ${failed} } }`, {
    id: items[0].variants[0].id,
    quantity,
  });
  if (session) {
    await visitor.call(`mutation ($session: String!) { setOrderCustomFields(input: { customFields: { campaignSession: $session } }) { ... on Order { id } ${failed} } }`, { session });
  }
  await visitor.call(`mutation ($email: String!) { setCustomerForOrder(input: { firstName: "Ada", lastName: "Lovelace", emailAddress: $email }) { ... on Order { id } ${failed} } }`, { email });
  await visitor.call(`mutation { setOrderShippingAddress(input: { streetLine1: "Weg 1", city: "Berlin", postalCode: "10115", countryCode: "DE" }) { ... on Order { id } ${failed} } }`);
  const [shipping] = await visitor.call('{ eligibleShippingMethods { id } }');
  await visitor.call(`mutation ($id: [ID!]!) { setOrderShippingMethod(shippingMethodId: $id) { ... on Order { id } ${failed} } }`, { id: [shipping.id] });
  await visitor.call(`mutation { transitionOrderToState(state: "ArrangingPayment") { ... on Order { id } ${failed} } }`);
  if (attached) assert.deepEqual(await credited(), creditedSoFar, 'a cart is no order');
  const [payment] = await visitor.call('{ eligiblePaymentMethods { code } }');
  return visitor.call(
    `mutation ($method: String!) { addPaymentToOrder(input: { method: $method, metadata: {} }) { ... on Order { id state totalWithTax customer { id } } ${failed} } }`,
    { method: payment.code },
  );
}

let attached = true;
let creditedSoFar = [];

async function credited() {
  const rows = await sql('select order_id, tracking_code, customer_id, currency, revenue::float8, net_revenue::float8, cancelled_at is not null as cancelled from campaign.campaign_attached_orders order by order_id');
  return rows.map(row => Object.values(row));
}

async function expectCredited(...rows) {
  creditedSoFar = rows;
  assert.deepEqual(await credited(), rows);
}

async function earned() {
  const [row] = await sql("select conversions::int, revenue::float8, roi::float8 from campaign.campaign_roi() where tracking_code = 'REEL'");
  return row;
}

step('Starting Vendure on an empty database');
const app = await populate(() => core.bootstrap(config), goods, new URL('products.csv', here).pathname);

try {
  step('Attaching it as docs/shops/vendure.md says');
  await sql('create extension pg_campaign');
  const page = await readFile(new URL('../../docs/shops/vendure.md', here), 'utf8');
  await sql(page.split('```sql\n')[1].split('```')[0]);
  await sql("select campaign.campaign_create('A reel', 'instagram', 'reel', tracking_code => 'REEL', cost => 50)");
  await sql("select campaign.campaign_track_visit('REEL', 'session-1')");

  step('A visitor who came by the reel buys two dresses');
  const first = await buy(2, 'session-1', 'ada@example.com');
  assert.equal(first.state, 'PaymentSettled');
  const [id, customer] = [Number(first.id), Number(first.customer.id)];
  const total = first.totalWithTax / 100;
  await expectCredited([id, 'REEL', customer, 'USD', total, total, false]);
  const [{ source }] = await sql('select campaign.campaign_order_source($1::bigint) as source', id);
  assert.equal(source.campaign.tracking_code, 'REEL');
  assert.equal(source.conversion.revenue, total);
  assert.deepEqual(await earned(), { conversions: 1, revenue: total, roi: Number((((total - 50) / 50) * 100).toFixed(2)) });

  step('Another buys without having clicked');
  await buy(1, 'session-2', 'bob@example.com');
  await buy(1, undefined, 'carol@example.com');
  await expectCredited([id, 'REEL', customer, 'USD', total, total, false]);

  step('One dress is refunded');
  const administration = new Caller('admin-api');
  await administration.call(`mutation ($name: String!, $password: String!) { login(username: $name, password: $password) { ... on CurrentUser { id } ${failed} } }`, {
    name: administrator.identifier,
    password: administrator.password,
  });
  const order = await administration.call('query ($id: ID!) { order(id: $id) { lines { id proratedUnitPriceWithTax } payments { id } } }', { id: first.id });
  const unit = order.lines[0].proratedUnitPriceWithTax / 100;
  const refund = await administration.call(
    `mutation ($input: RefundOrderInput!) { refundOrder(input: $input) { ... on Refund { id state total } ${failed} } }`,
    {
      input: {
        lines: [{ orderLineId: order.lines[0].id, quantity: 1 }],
        shipping: 0,
        adjustment: 0,
        amount: order.lines[0].proratedUnitPriceWithTax,
        paymentId: order.payments[0].id,
        reason: 'too small',
      },
    },
  );
  if (refund.state !== 'Settled') {
    await expectCredited([id, 'REEL', customer, 'USD', total, total, false]);
    await administration.call(`mutation ($id: ID!) { settleRefund(input: { id: $id, transactionId: "t" }) { ... on Refund { id } ${failed} } }`, { id: refund.id });
  }
  await expectCredited([id, 'REEL', customer, 'USD', total, total - unit, false]);

  step('The refunded dress is taken off the order, which must not count twice');
  const cancel = `mutation ($input: CancelOrderInput!) { cancelOrder(input: $input) { ... on Order { id state } ${failed} } }`;
  await administration.call(cancel, { input: { orderId: first.id, lines: [{ orderLineId: order.lines[0].id, quantity: 1 }], reason: 'returned' } });
  await expectCredited([id, 'REEL', customer, 'USD', total, total - unit, false]);
  assert.equal((await earned()).revenue, total - unit);

  step('The rest is cancelled');
  await administration.call(cancel, { input: { orderId: first.id, cancelShipping: true, reason: 'changed mind' } });
  await expectCredited([id, 'REEL', customer, 'USD', total, 0, true]);
  assert.deepEqual(await earned(), { conversions: 0, revenue: 0, roi: -100 });

  assert.deepEqual(await sql('select * from campaign.campaign_attribution_failures'), []);
  const [{ result }] = await sql('select campaign.campaign_uninstall() as result');
  attached = false;
  step(result);
  step('Vendure goes on without us');
  assert.equal((await buy(1, 'session-1', 'dora@example.com')).state, 'PaymentSettled');
} finally {
  await app.close();
  await database.end();
}
console.log('    Every order was credited as it should be');
// Vendure leaves timers behind.
process.exit(0);
