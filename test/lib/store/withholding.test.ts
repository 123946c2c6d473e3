import { describe, expect, test } from 'vitest';
import type { Journal, LedgerKey } from '../../../lib/ledger/journal.ts';
import type { Command } from '../../../lib/ledger/movement.ts';
import { post } from '../../../lib/ledger/post.ts';
import { type WithholdingStores, withholdingFacts, withholdingOf } from '../../../lib/store/withholding.ts';
import { TaxSettings } from '../../../lib/tax/tax-settings.ts';
import { KEY, line } from '../../support/ledgers.ts';

type Payment = readonly [
  day: string,
  cents: number,
  end?: 'settle' | 'bounce',
  rail?: string,
  withheldCents?: number,
  /** Day on which it came back; left out: the day of payment. */
  backOn?: string,
];

/** A chain that made these payments; one without an end is under way. */
function paying(key: LedgerKey, payments: readonly Payment[]): Journal[] {
  const journals: Journal[] = [];
  const late: (readonly [backOn: string, command: Command])[] = [];
  const tell = (command: Command, day: string) => {
    const at = `${day}T12:00:00.000Z`;
    journals.push(post(journals.at(-1), key, command, { at, recordedAt: at, actor: 'test' })!);
  };
  for (const [day, cents, end, rail = 'nacha', withheldCents = 0, backOn] of payments) {
    const item = { itemId: `itm_${day}_${cents}`, cents, withheldCents };
    const commands: Command[] = [
      { kind: 'accrual', lines: [line(cents, { orderId: item.itemId, matures: '2024-01-01' })], today: '2024-01-02' },
      { kind: 'reserve', ...item },
      ...(end ? [{ kind: 'settle', ...item, rail } as const] : []),
    ];
    for (const command of commands) tell(command, day);
    const bounce = {
      kind: 'bounce',
      ...item,
      rail,
      why: 'R02',
      corrects: journals.at(-1)!.journalId,
      paidOn: day,
    } as const;
    if (end === 'bounce' && backOn === undefined) tell(bounce, day);
    if (end === 'bounce' && backOn !== undefined) late.push([backOn, bounce]);
  }
  for (const [day, command] of late) tell(command, day);
  return journals;
}

/** A brand with a program for each chain: `[currency, payments]`. */
function brand(chains: readonly (readonly [currency: string, payments: readonly Payment[]])[]) {
  const read = { journals: 0 };
  const all = chains.map(([currency, payments], place) => {
    const key = { ...KEY, programId: `prg_${place}`, currency };
    return { key, journals: paying(key, payments) };
  });
  const of = (programId: string) => all.find(({ key }) => key.programId === programId)!;
  const stores = {
    enrolments: { ofPartner: async () => all.map(({ key }) => ({ programId: key.programId })) },
    programs: {
      get: async (_: string, id: string) => ({
        currency: of(id).key.currency,
        timeZone: 'America/New_York',
        payoutTerms: {},
      }),
    },
    ledger: {
      head: async ({ programId }: LedgerKey) => of(programId).journals.at(-1),
      journal: async ({ programId }: LedgerKey, sequence: number) => {
        read.journals += 1;
        return of(programId).journals[sequence - 1];
      },
    },
  } as unknown as WithholdingStores;
  return { stores, read };
}

const payee = { brandId: KEY.brandId, partnerId: KEY.partnerId };
const settings = TaxSettings.parse({});
const factsOf = async (
  chains: Parameters<typeof brand>[0],
  { underWay = true, year = 2026, chosen = settings, taxForm = undefined as never } = {},
) => (await withholdingFacts(brand(chains).stores, { ...payee, taxForm }, { year, underWay }, chosen)).facts;

describe('paid before, by hand', () => {
  const chains = [
    [
      'USD',
      [
        ['2025-12-31', 40_000, 'settle'],
        ['2026-01-02', 50_000, 'settle', 'nacha', 12_000],
        ['2026-03-01', 7_000],
      ],
    ],
    [
      'USD',
      [
        ['2026-02-01', 30_000, 'settle', 'external'],
        ['2026-02-02', 90_000, 'bounce'],
      ],
    ],
    ['EUR', [['2026-02-01', 900_000, 'settle']]],
  ] as const;

  test('is what all programs in dollars paid in the year, tax included, and what is on its way', async () => {
    // 500.00 + 300.00, and 70.00 under way; 900.00 came back, 400.00 was another year's, euros do not count.
    expect((await factsOf(chains)).paidBeforeCents).toBe(87_000);
    expect((await factsOf(chains, { underWay: false })).paidBeforeCents).toBe(80_000);
  });

  test('leaves out what the provider of a rail reports', async () => {
    const chosen = TaxSettings.parse({ reporting: { external: 'provider' } });
    expect((await factsOf(chains, { chosen })).paidBeforeCents).toBe(57_000);
  });

  test('ends the year by the clock of the program', async () => {
    // 03:00 UTC on New Year's Day is still the old year in New York.
    const at = (time: string) =>
      paying(KEY, [['2026-01-01', 100, 'settle']]).map((one) => ({ ...one, at: `2026-01-01T${time}Z` }));
    const stores = (journals: Journal[]) => ({
      ...brand([['USD', []]]).stores,
      ledger: { head: async () => journals.at(-1), journal: async (_: unknown, n: number) => journals[n - 1] },
    });
    const paid = async (time: string) =>
      (await withholdingFacts(stores(at(time)) as WithholdingStores, payee, { year: 2026, underWay: false }, settings))
        .facts.paidBeforeCents;
    expect(await paid('03:00:00.000')).toBe(0);
    expect(await paid('06:00:00.000')).toBe(100);
  });
});

describe('the year before, by hand', () => {
  test.each<[string, Payment[], object]>([
    [
      '600.00 in 2025 were reported',
      [['2025-06-01', 60_000, 'settle']],
      { reportedLastYear: true, withheldLastYear: false },
    ],
    [
      '599.99 in 2025 were not',
      [['2025-06-01', 59_999, 'settle']],
      { reportedLastYear: false, withheldLastYear: false },
    ],
    ['what came back was not paid', [['2025-06-01', 60_000, 'bounce']], { reportedLastYear: false }],
    [
      'nor what comes back only now, with its tax',
      [['2025-06-01', 60_000, 'bounce', 'nacha', 14_400, '2026-02-01']],
      { reportedLastYear: false, withheldLastYear: false, paidBeforeCents: 0 },
    ],
    [
      'but what stayed was',
      [
        ['2025-06-01', 60_000, 'settle'],
        ['2025-12-31', 90_000, 'bounce', 'nacha', 0, '2026-02-01'],
        ['2026-01-15', 10_000, 'settle'],
      ],
      { reportedLastYear: true, paidBeforeCents: 10_000 },
    ],
    [
      'tax on 1.00 is reported too',
      [['2025-06-01', 100, 'settle', 'nacha', 24]],
      { reportedLastYear: true, withheldLastYear: true },
    ],
    [
      'two years ago is over',
      [['2024-06-01', 99_000, 'settle', 'nacha', 24_000]],
      { reportedLastYear: false, withheldLastYear: false },
    ],
  ])('%s', async (_, payments, facts) => expect(await factsOf([['USD', payments]])).toMatchObject(facts));
});

test('payments of a year, one by one: nothing, then all of the payment that reaches the threshold, then everything', async () => {
  const sizes = [120_000, 79_999, 1, 50_000];
  const paid: Payment[] = [];
  const withheld: number[] = [];
  for (const [place, cents] of sizes.entries()) {
    const tax = withholdingOf(2026, 'No W-9.', cents, await factsOf([['USD', paid]]));
    withheld.push(tax.cents);
    paid.push([`2026-0${place + 1}-01`, cents, 'settle', 'nacha', tax.cents]);
  }
  // 1,999.99 is below; one cent reaches 2,000.00, and 24 % of a cent is nothing; then 24 % of 500.00.
  expect(withheld).toEqual([0, 0, 0, 12_000]);
  const once = await factsOf([['USD', paid.slice(0, 1)]]);
  expect([79_999, 80_000].map((cents) => withholdingOf(2026, 'No W-9.', cents, once).cents)).toEqual([0, 19_200]);
  const reported = await factsOf([['USD', [['2025-02-01', 60_000, 'settle']]]]);
  expect(withholdingOf(2026, 'No W-9.', 100, reported).cents).toBe(24);
});

test('a year whose figures nobody put in stops it, and so does the one after the last', async () => {
  await expect(factsOf([['USD', []]], { year: 2027 })).rejects.toMatchObject({ code: 'tax-year-unseeded' });
  await expect(factsOf([['USD', []]], { year: 2020 })).rejects.toMatchObject({ code: 'tax-year-unseeded' });
});

test('law: what is read grows with the logarithm of the history', async () => {
  const payments = Array.from(
    { length: 500 },
    (_, n): Payment => [`2025-01-${String((n % 28) + 1).padStart(2, '0')}`, 100 + n, 'settle'],
  );
  const sorted = payments.toSorted(([a], [b]) => (a < b ? -1 : 1));
  const { stores, read } = brand([['USD', sorted]]);
  const { facts, places } = await withholdingFacts(stores, payee, { year: 2026, underWay: true }, settings);
  expect(facts.reportedLastYear).toBe(true);
  expect(places).toMatchObject([[{ programId: 'prg_0' }, 1_500]]);
  expect(read.journals).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(1_501)));
});
