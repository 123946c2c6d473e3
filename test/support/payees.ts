import { KMSClient } from '@aws-sdk/client-kms';
import { TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { addDays } from '../../lib/calendar.ts';
import { derive } from '../../lib/ids.ts';
import type { LedgerKey } from '../../lib/ledger/journal.ts';
import type { Command } from '../../lib/ledger/movement.ts';
import { post } from '../../lib/ledger/post.ts';
import type { Rail } from '../../lib/payouts/run.ts';
import { taxFilers } from '../../lib/store/tax-filers.ts';
import { taxVaultWriter } from '../../lib/store/tax-vault.ts';
import { acceptForm, TaxForm } from '../../lib/tax/accept-form.ts';
import { FILER, sealed, TaxFiler } from '../../lib/tax/year-end/filer.ts';
import type { JobsGround } from './jobs-ground.ts';
import { line } from './ledgers.ts';
import type { GivenProgram } from './program.ts';

/** What the people and payments of a tax year are told with, all of 2025. */
export const YEAR = 2025;
export const AS_OF = '2026-01-20T10:00:00.000Z';

const signature = { name: 'Who signs', signedOn: '2025-02-01', underPenaltiesOfPerjury: true };
export const address = { line1: '12 Ridge Road', city: 'Austin', state: 'TX', zip: '78701' };
export const w9 = (over: object = {}): TaxForm =>
  TaxForm.parse({
    form: 'w9',
    person: { first: 'Mara', last: 'Lindt' },
    taxClass: 'individual',
    address,
    tin: { box: 'ssn', number: '123-45-6789' },
    signature,
    ...over,
  });
export const entity = (name: string, taxClass: string, ein = '12-3456789', over: object = {}) =>
  w9({ person: undefined, name, taxClass, tin: { box: 'ein', number: ein }, ...over });
export const w8 = (over: object = {}): TaxForm =>
  TaxForm.parse({
    ...{
      form: 'w8ben',
      name: 'Jonas Berg',
      country: 'DE',
      foreignTin: '1',
      servicesPerformed: 'outside-us',
      signature,
    },
    address: { line1: 'Weg 1', city: 'Kiel', country: 'DE' },
    ...over,
  });

/** Payers, payees and payments, stored as the API and the payout jobs store them. */
export function payeesOn(ground: JobsGround) {
  const { client } = ground.engine;
  const vault = taxVaultWriter(new KMSClient({}), ground.tables.vault, ground.keys.arnOf('vault-key'));
  const send = (write: object) => client.send(new TransactWriteCommand({ TransactItems: [write] }));

  /** Who pays: how the brand is named on its returns. */
  async function filer({ brandId }: GivenProgram, over: object = {}): Promise<void> {
    const profile = TaxFiler.parse({
      ...{
        name: 'Aurora Outdoor, Inc.',
        ein: '45-6789012',
        phone: '4155550100',
        email: 'tax@aurora.example',
        contact: 'Ben Ito',
      },
      address: { line1: '1 Market St', city: 'San Francisco', state: 'CA', zip: '94105' },
      ...over,
    });
    const { ein: _, ...shown } = profile;
    const filers = taxFilers(client, ground.tables.core);
    const before = await filers.get(brandId);
    const revision = (before?.revision ?? 0) + 1;
    const row = { brandId, profile: shown, einLast4: '9012', changedAt: AS_OF, revision };
    const auditId = derive('audit', brandId, 'filer', revision);
    const entry = { auditId, brandId, at: AS_OF, person: 'p', keyId: 'k', action: 'setTaxFiler', target: 'tax-filer' };
    const place = { brandId, partnerId: FILER, version: revision };
    await filers.put(row, before, entry, await vault.formWrite(place, sealed(profile), AS_OF));
  }

  async function handIn(
    program: GivenProgram,
    partnerId: string,
    form: TaxForm,
    at = '2025-02-01T10:00:00.000Z',
  ): Promise<void> {
    const { brandId } = program;
    const known = await program.stores.partners.get(brandId, partnerId);
    const taxForm = acceptForm(form, known?.taxForm, at);
    await program.changePartner(partnerId, { taxForm });
    await send(await vault.formWrite({ brandId, partnerId, version: taxForm.version }, form, at));
  }

  /** One payment of so many cents in all, earned the day before. */
  async function pay(
    program: GivenProgram,
    partnerId: string,
    day: string,
    cents: number,
    withheldCents = 0,
    rail: Rail = 'external',
  ): Promise<void> {
    const key: LedgerKey = program.key(partnerId);
    const { ledger } = program.stores;
    const [at, itemId, matures] = [`${day}T12:00:00.000Z`, `itm_${day}`, addDays(day, -1)];
    const commands: Command[] = [
      { kind: 'accrual', lines: [line(cents, { orderId: day, matures })], today: matures },
      { kind: 'release', through: matures },
      { kind: 'reserve', itemId, cents, withheldCents },
      { kind: 'settle', itemId, cents, withheldCents, rail },
    ];
    for (const command of commands) {
      const journal = post(await ledger.head(key), key, command, { at, recordedAt: at, actor: 'test' });
      if (journal) await send(ledger.putWrite(journal));
    }
  }

  /** A payment that comes back; with `paidOn` `undefined` as before its day was kept. */
  async function bounce(
    program: GivenProgram,
    partnerId: string,
    day: string,
    cents: number,
    at: string,
    rail: Rail = 'external',
    more: { readonly withheldCents?: number; readonly paidOn?: string | undefined } = {},
  ): Promise<void> {
    const key = program.key(partnerId);
    const chain = await program.chain(partnerId);
    const settled = chain.find(({ kind, cause }) => kind === 'settle' && cause === `itm_${day}`)!;
    const command: Command = {
      ...{ kind: 'bounce', itemId: `itm_${day}`, cents, why: 'returned', corrects: settled.journalId, rail },
      ...{ paidOn: day, ...more },
    };
    const journal = post(chain.at(-1), key, command, { at, recordedAt: at, actor: 'test' });
    await send(program.stores.ledger.putWrite(journal!));
  }

  async function payee(
    program: GivenProgram,
    name: string,
    form: TaxForm | undefined,
    ...cents: readonly number[]
  ): Promise<string> {
    const partnerId = await program.partner(name);
    if (form) await handIn(program, partnerId, form);
    for (const [place, one] of cents.entries()) await pay(program, partnerId, `2025-0${place + 3}-10`, one);
    return partnerId;
  }

  /** What the ledgers of a program paid in the year, journal by journal: nothing that file-1099 goes by. */
  async function ledgerTotal(
    program: GivenProgram,
    partnerIds: readonly string[],
  ): Promise<{ paid: number; withheld: number }> {
    const journals = (await Promise.all(partnerIds.map((id) => program.chain(id)))).flat();
    const entries = journals.filter(({ at }) => at.startsWith(`${YEAR}-`)).flatMap(({ entries }) => entries);
    const sum = (account: string) =>
      entries.filter((one) => one.account === account).reduce((total, { cents }) => total + cents, 0);
    return { paid: sum('paid') + sum('withheld'), withheld: sum('withheld') };
  }

  return { filer, handIn, pay, bounce, payee, ledgerTotal };
}
export type Payees = ReturnType<typeof payeesOn>;
