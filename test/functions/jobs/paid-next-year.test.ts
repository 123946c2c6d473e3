import { afterAll, beforeAll, expect, test } from 'vitest';
import { paymentsOfYear } from '../../../lib/store/partner-payments.ts';
import { taxSettings } from '../../../lib/store/tax-settings.ts';
import { withholdingFacts } from '../../../lib/store/withholding.ts';
import { TaxSettings } from '../../../lib/tax/tax-settings.ts';
import { FRESH, fanOut, type JobsGround, jobsGround } from '../../support/jobs-ground.ts';
import { as, type PayoutFlow, payoutFlow } from '../../support/payout-flow.ts';
import { CLIENT, type PayPalServer, paypalServer } from '../../support/paypal-server.ts';
import { givenProgram } from '../../support/program.ts';

let ground: JobsGround;
let flow: PayoutFlow;
let paypal: PayPalServer;
beforeAll(async () => {
  ground = await jobsGround();
  paypal = await paypalServer();
  process.env.OUTBOUND_EXCEPTIONS = paypal.origin;
  flow = await payoutFlow(ground);
});
afterAll(async () => {
  delete process.env.OUTBOUND_EXCEPTIONS;
  await paypal.close();
  await ground.stop();
});

const EARNED = '2025-10-10T10:00:00.000Z';
const RELEASED = '2025-11-20T02:15:00.000Z';
const DRAFTED = '2025-12-30T08:00:00.000Z';
const APPROVED = '2025-12-30T12:00:00.000Z';
const JANUARY = '2026-01-03T05:00:00.000Z';

test('what is sent in December and settled in January is a payment of January, with its tax; till then it counts as under way', async () => {
  // Given two payees without a number, one paid by PayPal and one by hand, each above the threshold of 2025; 24 % of 1,000.00 is 240.00.
  const program = await givenProgram(ground, 'turn of the year', { since: '2025-01-01T00:00:00.000Z' });
  const { brandId } = program;
  const told = { auditId: 'aud_turn', brandId, at: EARNED, person: 'ada', keyId: 'k', action: 'set', target: 't' };
  const chosen = TaxSettings.parse({ withholding: 'withhold' });
  await taxSettings(ground.engine.client, ground.tables.core).set(brandId, chosen, () => told as never);
  const server = { provider: 'paypal', server: paypal.origin, account: CLIENT.clientId } as const;
  await flow.account(program, server, CLIENT.clientSecret);
  const pat = await flow.partner(program, 'Pat', { rail: 'paypal', email: 'held@trail.example' });
  const hal = await program.partner('Hal');
  const cents = 100_000;
  for (const partnerId of [pat, hal]) {
    await program.changePartner(partnerId, { taxFormOnFile: false, country: 'US' });
    const clickId = await program.click(partnerId, partnerId.slice(-6), EARNED);
    const items = [{ sku: 'thing', quantity: 1, unitPriceCents: cents * 10, discountCents: 0 }];
    await program.order(partnerId.slice(4), EARNED, { clickId, items });
  }
  await fanOut(flow.steps.planSettlement, flow.steps.settleShard, { brandId, asOf: EARNED });
  await fanOut(flow.steps.planRelease, flow.steps.releaseShard, { brandId, asOf: RELEASED });

  // When the run is drafted, approved and sent in December, and both are only paid in January.
  const { run, key, items } = await flow.draft(program, DRAFTED);
  expect(items.map(({ withholding }) => withholding)).toMatchObject([
    { year: 2025, cents: 24_000 },
    { year: 2025, cents: 24_000 },
  ]);
  expect((await flow.approve(program, run, APPROVED)).status).toBe(202);
  const { plan } = await fanOut(flow.steps.planPayment, flow.steps.payItems, { ...key, asOf: APPROVED });
  await flow.steps.payBatches({ ...plan, asOf: APPROVED }, FRESH);
  const statuses = async () => (await flow.runs.allItems(key)).map(({ status }) => status);
  expect(await statuses()).toEqual(['sent', 'sent']);
  const stores = program.stores;
  const underWay = { year: 2026, underWay: true };
  const before = await withholdingFacts(stores, { brandId, partnerId: pat }, underWay, chosen);
  expect(before.facts).toEqual({ paidBeforeCents: cents, reportedLastYear: false, withheldLastYear: false });

  const itemOf = (partnerId: string) => items.find((item) => item.partnerId === partnerId)!.itemId;
  paypal.move(itemOf(pat), 'SUCCESS');
  await flow.steps.payBatches({ ...key, programId: program.programId, asOf: JANUARY, follow: false }, FRESH);
  const params = { runId: key.runId, itemId: itemOf(hal) };
  const confirmed = { params, body: { reference: 'cheque 7' }, as: as(program, 'mia'), at: JANUARY };
  expect((await flow.call('confirmItem', confirmed)).status).toBe(200);
  expect(await statuses()).toEqual(['settled', 'settled']);

  // Then 2025 has nothing of it, and 2026 both what was paid and what was withheld.
  for (const partnerId of [pat, hal]) {
    const year = (of: number) => paymentsOfYear(stores, { brandId, partnerId }, of);
    expect(await year(2025)).toMatchObject([{ paidCents: 0, withheldCents: 0 }]);
    expect(await year(2026)).toMatchObject([{ paidCents: cents, withheldCents: 24_000 }]);
  }
  const after = await withholdingFacts(stores, { brandId, partnerId: pat }, underWay, chosen);
  expect(after.facts).toEqual(before.facts);
  await flow.sound(program, key, pat, hal);
});

test('a run that withholds and was drafted in the old year is not approved in the new one', async () => {
  const program = await givenProgram(ground, 'overtaken year', { since: '2025-01-01T00:00:00.000Z' });
  const { brandId } = program;
  const told = { auditId: 'aud_year', brandId, at: EARNED, person: 'ada', keyId: 'k', action: 'set', target: 't' };
  const chosen = TaxSettings.parse({ withholding: 'withhold' });
  await taxSettings(ground.engine.client, ground.tables.core).set(brandId, chosen, () => told as never);
  const fay = await program.partner('Fay', { taxFormOnFile: false, country: 'US' });
  const clickId = await program.click(fay, 'fay', EARNED);
  const items = [{ sku: 'thing', quantity: 1, unitPriceCents: 2_500_000, discountCents: 0 }];
  await program.order('fay', EARNED, { clickId, items });
  await fanOut(flow.steps.planSettlement, flow.steps.settleShard, { brandId, asOf: EARNED });
  await fanOut(flow.steps.planRelease, flow.steps.releaseShard, { brandId, asOf: RELEASED });
  const { run } = await flow.draft(program, DRAFTED);
  const refused = await flow.approve(program, run, JANUARY);
  expect(refused.body).toMatchObject({ code: 'changed-since-draft' });
  expect(refused.body.detail).toContain('Tax of 2025 would be withheld from a payment of 2026.');
  expect((await flow.approve(program, run, APPROVED)).status).toBe(202);
});
