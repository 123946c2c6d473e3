import type { KMSClient } from '@aws-sdk/client-kms';
import { BatchWriteCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { atOnce } from '../../lib/at-once.ts';
import { derive } from '../../lib/ids.ts';
import type { Command } from '../../lib/ledger/movement.ts';
import { post } from '../../lib/ledger/post.ts';
import type { Rail } from '../../lib/payouts/run.ts';
import { enrolments } from '../../lib/store/enrolments.ts';
import { partners } from '../../lib/store/partners.ts';
import { taxFilers } from '../../lib/store/tax-filers.ts';
import { taxSettings } from '../../lib/store/tax-settings.ts';
import { taxVaultWriter } from '../../lib/store/tax-vault.ts';
import type { Write } from '../../lib/store/transaction.ts';
import { acceptForm, type TaxForm } from '../../lib/tax/accept-form.ts';
import { TaxSettings } from '../../lib/tax/tax-settings.ts';
import { knownHeader } from '../../lib/tax/year-end/iris-header.ts';
import type { JobsGround } from './jobs-ground.ts';
import { line } from './ledgers.ts';
import { address, entity, type Payees, w8, w9 } from './payees.ts';
import type { GivenProgram } from './program.ts';
import { readIrisCsv, readPub1220 } from './return-readers.ts';

/** Payments of 2026, whose thresholds are the IRS's $2,000, Colorado's $600 with a file of its own and Wisconsin's $600, to which the IRS forwards. */
export const MIXED_YEAR = 2026;
export const MIXED_AS_OF = '2027-01-12T10:00:00.000Z';
const DAY = '2026-05-04';
const AT = `${DAY}T12:00:00.000Z`;

/** One payee of a kind, with what has to become of them, worked out by hand. */
export interface MixedPayee {
  readonly kind: string;
  readonly form?: TaxForm;
  readonly cents: number;
  readonly withheldCents?: number;
  readonly rail?: Rail;
  /** Number as files have it. */
  readonly tin?: string;
  readonly irs: boolean;
  readonly colorado: boolean;
  readonly blocked?: boolean;
}

/** Twenty places that repeat; those of two twins are one after the other. */
const KINDS = [
  ...Array(7).fill('above'),
  'below',
  'corporation',
  'foreign',
  'no form',
  'withheld',
  'Colorado alone',
  'IRS and Colorado',
  'forwarded to Wisconsin',
  'twin',
  'other twin',
  'unwritable name',
  'provider reports',
  'partnership',
] as const;

export const mixedPayees = (count: number): MixedPayee[] => Array.from({ length: count }, (_, place) => payeeAt(place));

function payeeAt(place: number): MixedPayee {
  const kind = KINDS[place % KINDS.length] as string;
  // Twins have the number of the first of them.
  const digits = digitsOf(kind === 'other twin' ? place - 1 : place);
  const ssn = { box: 'ssn', number: `${digits.slice(0, 3)}-${digits.slice(3, 5)}-${digits.slice(5)}` };
  const ein = `${digits.slice(0, 2)}-${digits.slice(2)}`;
  const person = (over: object = {}) => w9({ tin: ssn, ...over });
  const at = (state: string) => person({ address: { ...address, state } });
  const told = { kind, tin: digits, irs: false, colorado: false };
  switch (kind) {
    case 'below':
      return { ...told, form: person(), cents: 1_999_99 };
    case 'corporation':
      return { ...told, form: entity(`Corp ${place} Inc`, 'c-corporation', ein), cents: 50_000_00 };
    case 'foreign':
      return { ...told, form: w8(), cents: 3_000_00 };
    case 'no form':
      return { ...told, cents: 2_500_00, blocked: true };
    case 'withheld':
      return { ...told, form: person(), cents: 100_00, withheldCents: 24_00, irs: true };
    case 'Colorado alone':
      return { ...told, form: at('CO'), cents: 700_00, colorado: true };
    case 'IRS and Colorado':
      return { ...told, form: at('CO'), cents: 2_500_01, irs: true, colorado: true };
    case 'forwarded to Wisconsin':
      return { ...told, form: at('WI'), cents: 600_00, irs: true };
    case 'twin':
      return { ...told, form: person(), cents: 1_000_00, irs: true };
    case 'other twin':
      return { ...told, form: person({ businessName: 'Twin Films' }), cents: 1_000_01, irs: true };
    case 'unwritable name':
      return { ...told, form: person({ person: { first: '淳', last: '山田' } }), cents: 2_500_00, blocked: true };
    case 'provider reports':
      return { ...told, form: person(), cents: 9_000_00, rail: 'paypal' };
    case 'partnership':
      return { ...told, form: entity(`Fifty & Sons ${place}`, 'partnership', ein), cents: 9_000_01, irs: true };
    default:
      return { ...told, form: person(), cents: 2_000_00 + place, irs: true };
  }
}

/** Nine digits that are given out, as SSN and as EIN. */
const digitsOf = (place: number) =>
  `${String(100 + Math.floor(place / 9_000))}12${String(1 + (place % 9_000)).padStart(4, '0')}`;

const ROWS_TOGETHER = 25;
const WIDTH = 12;

/**
 * Stores partners, forms and payments as the API and the payout jobs would, many rows at a time; answers the partners' ids in the order of the
 * payees.
 */
export async function storeMixed(
  ground: JobsGround,
  program: GivenProgram,
  payees: readonly MixedPayee[],
): Promise<string[]> {
  const { client } = ground.engine;
  const { core, vault: vaultTable, ledger: ledgerTable } = ground.tables;
  const rows = { [core]: [] as object[], [vaultTable]: [] as object[], [ledgerTable]: [] as object[] };
  const keep = (writes: readonly Write[] = []) => {
    for (const { Put } of writes) if (Put) rows[Put.TableName!]!.push(Put.Item!);
  };
  // Stores that think they write: what they would send is kept, and goes out in batches.
  const kept = {
    send: async ({ input }: { readonly input: { readonly TransactItems?: Write[] } }) => {
      keep(input.TransactItems);
      return {};
    },
  } as unknown as DynamoDBDocumentClient;
  const kms = {
    send: async ({
      input,
    }: {
      readonly input: { KeyId: string; Plaintext: Uint8Array; EncryptionContext: object };
    }) => ({
      CiphertextBlob: ground.keys.encrypt(input.KeyId, input.Plaintext, input.EncryptionContext as never),
    }),
  } as unknown as KMSClient;
  const vault = taxVaultWriter(kms, vaultTable, ground.keys.arnOf('vault-key'));
  const [people, places] = [partners(kept, core), enrolments(kept, core)];
  const { brandId, programId } = program;
  const ids: string[] = [];
  for (const [place, { form, cents, withheldCents = 0, rail = 'external' }] of payees.entries()) {
    const partnerId = derive('partner', brandId, 'mixed', place);
    ids.push(partnerId);
    const who = {
      auditId: derive('audit', partnerId),
      brandId,
      at: AT,
      person: 'p',
      keyId: 'k',
      action: 'a',
      target: 't',
    };
    const taxForm = form && acceptForm(form, undefined, '2026-01-10T10:00:00.000Z');
    const email = `p${place}@mixed.example`;
    const partner = { partnerId, name: `Payee ${place}`, email, type: 'content' as const, createdAt: AT };
    await people.create(brandId, { ...partner, taxFormOnFile: form !== undefined, ...(taxForm && { taxForm }) }, who);
    const enrolment = { programId, partnerId, status: 'active' as const, group: 'default', enrolledAt: AT };
    await places.enrol(brandId, enrolment, { ...who, auditId: derive('audit', partnerId, 'enrolled') });
    if (form) keep([await vault.formWrite({ brandId, partnerId, version: 1 }, form, AT)]);
    const itemId = `itm_${place}`;
    const commands: Command[] = [
      { kind: 'accrual', lines: [line(cents, { orderId: itemId, matures: '2026-05-01' })], today: '2026-05-02' },
      { kind: 'release', through: '2026-05-02' },
      { kind: 'reserve', itemId, cents },
      { kind: 'settle', itemId, cents, withheldCents, rail },
    ];
    let head: ReturnType<typeof post>;
    for (const command of commands) {
      const next = post(head, program.key(partnerId), command, { at: AT, recordedAt: AT, actor: 'test' });
      if (next) keep([program.stores.ledger.putWrite(next)]);
      head = next ?? head;
    }
  }
  const batches = Object.entries(rows).flatMap(([table, items]) =>
    Array.from({ length: Math.ceil(items.length / ROWS_TOGETHER) }, (_, batch) => ({
      [table]: items
        .slice(batch * ROWS_TOGETHER, (batch + 1) * ROWS_TOGETHER)
        .map((Item) => ({ PutRequest: { Item: Item as Record<string, unknown> } })),
    })),
  );
  await atOnce(WIDTH, batches, async (RequestItems) => {
    const { UnprocessedItems = {} } = await client.send(new BatchWriteCommand({ RequestItems }));
    if (Object.keys(UnprocessedItems).length > 0) throw new Error('the engine left rows of a batch unwritten');
  });
  return ids;
}

/** Says how the brand is named on its returns, and to which state the IRS forwards; the header row of 2026 is that of the year before. */
export async function readyToFile(ground: JobsGround, payees: Payees, program: GivenProgram): Promise<void> {
  await payees.filer(program, { combinedStates: ['WI'] });
  const { brandId } = program;
  const year = String(MIXED_YEAR);
  const header = { ...knownHeader(2025)!, brandId, year, changedAt: MIXED_AS_OF, revision: 1 };
  const who = { brandId, at: MIXED_AS_OF, person: 'p', keyId: 'k', action: 'setIrisHeader', target: 't' };
  const { client } = ground.engine;
  const filers = taxFilers(client, ground.tables.core);
  await filers.putHeader(header, undefined, { auditId: derive('audit', brandId, 'header'), ...who });
  const reporting = TaxSettings.parse({ reporting: { paypal: 'provider' } });
  const settings = { ...who, auditId: derive('audit', brandId, 'settings') };
  await taxSettings(client, ground.tables.core).set(brandId, reporting, () => settings);
}

/** Every return in every file of the year, read from the files alone: those of the IRS and those of Colorado, each file apart. */
export function readYear(ground: JobsGround, { brandId }: GivenProgram) {
  const irs: ReturnType<typeof readIrisCsv>[] = [];
  const colorado: ReturnType<typeof readPub1220>[] = [];
  for (let number = 1; ; number += 1) {
    const folder = `tax/${brandId}/${MIXED_YEAR}/${String(number).padStart(6, '0')}`;
    const [csv, text] = [ground.document(`${folder}-US/iris.csv`), ground.document(`${folder}-CO/state.txt`)];
    if (csv === undefined && text === undefined) return { irs, colorado };
    if (csv !== undefined) irs.push(readIrisCsv(csv));
    if (text !== undefined) colorado.push(readPub1220(text));
  }
}
