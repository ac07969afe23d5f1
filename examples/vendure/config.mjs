// A Vendure as `npx @vendure/create` would make it, with one thing added: the custom field for the session.
import core from '@vendure/core';

const { DefaultJobQueuePlugin, DefaultLogger, LogLevel, dummyPaymentHandler } = core;

export const administrator = { identifier: 'superadmin', password: 'superadmin' };

export const config = {
  apiOptions: { hostname: '127.0.0.1', port: Number(process.env.SHOP_PORT), adminApiPath: 'admin-api', shopApiPath: 'shop-api' },
  authOptions: { tokenMethod: 'bearer', superadminCredentials: administrator, requireVerification: false },
  dbConnectionOptions: {
    type: 'postgres',
    host: process.env.PGHOST,
    port: Number(process.env.PGPORT),
    username: process.env.PGUSER,
    database: process.env.PGDATABASE,
    synchronize: true,
    logging: false,
  },
  customFields: { Order: [{ name: 'campaignSession', type: 'string', nullable: true }] },
  paymentOptions: { paymentMethodHandlers: [dummyPaymentHandler] },
  logger: new DefaultLogger({ level: LogLevel.Error }),
  plugins: [DefaultJobQueuePlugin],
};

// What a new shop is filled with.
export const goods = {
  defaultLanguage: 'en',
  defaultZone: 'Europe',
  countries: [{ name: 'Germany', code: 'DE', zone: 'Europe' }],
  taxRates: [{ name: 'Standard Tax', percentage: 20 }],
  shippingMethods: [{ name: 'Standard Shipping', price: 500 }],
  paymentMethods: [
    { name: 'Card', handler: { code: 'dummy-payment-handler', arguments: [{ name: 'automaticSettle', value: 'true' }] } },
  ],
  collections: [],
};
