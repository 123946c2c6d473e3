import { atOnce } from '../../lib/at-once.ts';
import { documentClient } from '../../lib/aws/document-client.ts';
import { env } from '../../lib/aws/env.ts';
import { job } from '../../lib/aws/job.ts';
import { enrolments as enrolmentStore } from '../../lib/store/enrolments.ts';
import { ledger } from '../../lib/store/ledger.ts';
import { paymentsOfYear } from '../../lib/store/partner-payments.ts';
import { partners as partnerStore } from '../../lib/store/partners.ts';
import { programs as programStore } from '../../lib/store/programs.ts';
import { taxReturns } from '../../lib/store/tax-returns.ts';
import { taxSettings } from '../../lib/store/tax-settings.ts';
import { moved } from '../../lib/tax/partner-year.ts';
import { taxYear } from '../../lib/tax/tax-year.ts';
import { assess } from '../../lib/tax/year-end/assess.ts';
import { AssessShard } from '../../lib/tax/year-end/order.ts';

const client = documentClient();
const core = env('coreTable');
const stores = {
  enrolments: enrolmentStore(client, core),
  programs: programStore(client, core),
  ledger: ledger(client, env('ledgerTable')),
};
const partners = partnerStore(client, core);
const returns = taxReturns(client, core);
const settings = taxSettings(client, core);

/** Partners worked on at once; each is some reads of the ledger. */
const WIDTH = 8;

/**
 * Works out the year of some partners from the ledger, and puts down the figures of everybody who was paid, or has a return already. It reads
 * no number and no address; run again it comes to the same, or to what the ledger says by then.
 */
export const handler = job(AssessShard, async ({ brandId, year, partnerIds, asOf }) => {
  const rules = taxYear(year);
  const of = { brandId, year };
  const [people, known, chosen] = await Promise.all([
    partners.many(brandId, partnerIds),
    returns.payees(of, partnerIds),
    settings.get(brandId),
  ]);
  const outcomes = await atOnce(WIDTH, [...people.values()], async ({ partnerId, taxForm }) => {
    const sums = await paymentsOfYear(stores, { brandId, partnerId }, year);
    if (!known.has(partnerId) && !sums.some(moved)) return 0;
    await returns.putPayee(of, { partnerId, assessment: assess(rules, taxForm, sums, chosen), at: asOf });
    return 1;
  });
  const payees = outcomes.reduce<number>((sum, one) => sum + one, 0);
  return { cursor: null, tally: { payees } };
});
