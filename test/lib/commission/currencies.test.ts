import { expect, test } from 'vitest';
import { accrue } from '../../../lib/commission/accrue.ts';
import { inCurrency } from '../../../lib/settlement/convert-currency.ts';
import { item, order, percentRule, plan, sale } from '../../support/orders.ts';

test.each([
  ['USD', 500],
  ['EUR', 1_100],
  ['GBP', 625],
])(
  'a rule for orders in EUR is for those the customer paid in EUR, whatever they were converted to: %s',
  (currency, cents) => {
    const rates = { day: '2026-03-15', version: 1, base: 'USD', rates: { EUR: '0.909090909090909', GBP: '0.8' } };
    const converted = inCurrency(order([item(10_000)], { currency }), 'USD', '2026-03-15', rates as never);
    const version = plan([percentRule('euro', 1_000, { currencies: ['EUR'] }), percentRule('base', 500)]);
    const [accrual] = accrue(sale(converted, { plan: version }));
    expect(accrual?.totalCents).toBe(cents);
  },
);
