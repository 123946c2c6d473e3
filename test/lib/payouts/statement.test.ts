import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { explain } from '../../../lib/commission/explain.ts';
import { canonical } from '../../../lib/ledger/canonical.ts';
import { unpaidCents } from '../../../lib/ledger/chain.ts';
import { auditStatements } from '../../../lib/payouts/audit.ts';
import { nextStatement } from '../../../lib/payouts/issue.ts';
import { buildStatement, type Statement } from '../../../lib/payouts/statement.ts';
import { anyChain, chain, line } from '../../support/ledgers.ts';
import { ANN, PROGRAM } from '../../support/orders.ts';

const partner = { partnerId: ANN, name: 'Ann Example' };
const program = { programId: PROGRAM, name: 'Shoes', timeZone: 'Europe/Berlin' };
const names = { partner, program };
const today = '2026-03-15';

const march = chain([
  { kind: 'accrual', today, lines: [line(1000), line(500, { orderId: '1002', matures: '2026-05-01' })] },
  { kind: 'accrual', today, lines: [line(-400, { totalCents: 600, reason: 'returned', units: 3, returnedUnits: 2 })] },
  { kind: 'release', through: '2026-04-14' },
  { kind: 'reserve', itemId: 'itm_1', cents: 600 },
  { kind: 'settle', itemId: 'itm_1', cents: 600 },
]);
const all = chain(
  [
    {
      kind: 'accrual',
      today,
      lines: [
        line(-500, { orderId: '1001', totalCents: 100, reason: 'cancelled' }),
        line(40, { orderId: '1002', totalCents: 540, reason: 'recomputed', matures: '2026-05-01' }),
      ],
    },
    { kind: 'release', through: '2026-05-01' },
    { kind: 'reserve', itemId: 'itm_2', cents: 40 },
    { kind: 'unreserve', itemId: 'itm_2', cents: 40, why: 'account closed' },
    { kind: 'reserve', itemId: 'itm_3', cents: 40 },
  ],
  undefined,
  march,
);
const first = buildStatement({ ...names, number: 1, journals: march });
const second = buildStatement({
  ...names,
  number: 2,
  journals: all.slice(5),
  opening: first.closing,
  since: first.issuedAt,
});
const outline = ({ sections }: Statement) =>
  sections.map(({ id, totalCents, changeCents, lines }) => [
    id,
    totalCents,
    changeCents,
    lines.map(({ title, cents }) => [title, cents]),
  ]);

describe('a statement', () => {
  test('opens, moves and closes: earned 15.00, returned 4.00, paid 6.00, 5.00 left', () => {
    expect([first.openingCents, first.closingCents]).toEqual([0, 500]);
    expect(outline(first)).toEqual([
      [
        'earned',
        1500,
        1500,
        [
          ['sale 1001', 1000],
          ['sale 1002', 500],
        ],
      ],
      ['returned', -400, -400, [['sale 1001', -400]]],
      ['released', 600, 0, [['release 2026-04-14', 600]]],
      ['paid', 600, -600, [['payment itm_1', 600]]],
    ]);
    expect(first.closing).toMatchObject({ expense: -1100, pending: 500, paid: 600, payable: 0 });
  });

  test('opens where the one before closed; tells corrections, what came back and what is under way', () => {
    expect([second.openingCents, second.closingCents]).toEqual([500, 40]);
    expect(second.opening).toEqual(first.closing);
    expect(outline(second)).toEqual([
      ['returned', -500, -500, [['sale 1001', -500]]],
      ['recomputed', 40, 40, [['sale 1002', 40]]],
      ['released', 540, 0, [['release 2026-05-01', 540]]],
      ['reserved', 40, 0, [['payment itm_3', 40]]],
      ['came-back', 40, 0, [['payment itm_2', 40]]],
    ]);
  });

  test('explains each line in the words of the ledger', () => {
    const words = (statement: Statement, id: string) =>
      statement.sections.find((each) => each.id === id)!.lines.map(({ explanation }) => explanation);
    expect(words(first, 'earned')[0]).toBe(explain(march[0]!.lines[0]!, 'USD'));
    expect(words(first, 'released')).toEqual(['The hold was over by 2026-04-14: 6.00 USD left it.']);
    expect(words(first, 'paid')).toEqual(['6.00 USD was paid.']);
    expect(words(second, 'released')).toEqual([
      'The hold was over by 2026-05-01: 5.40 USD left it. 5.00 USD of it repaid what had been owed.',
    ]);
    expect(words(second, 'came-back')).toEqual(['0.40 USD was not paid (account closed) and is payable again.']);
    expect(words(second, 'reserved')).toEqual(['0.40 USD is on its way.']);
  });

  test('tells of a payment the bank returned: it adds what paying took', () => {
    const why = 'R03 There is no account of this name and number';
    const back = chain(
      [{ kind: 'bounce', itemId: 'itm_1', cents: 600, why, corrects: march[4]!.journalId }],
      undefined,
      march,
    );
    const third = buildStatement({ ...names, number: 2, journals: back.slice(5), opening: first.closing });
    expect([third.openingCents, third.closingCents]).toEqual([500, 1100]);
    expect(outline(third)).toEqual([['bounced', 600, 600, [['payment itm_1', 600]]]]);
    expect(third.sections[0]!.lines[0]!.explanation).toBe(`6.00 USD was returned (${why}) and is payable again.`);
    const { record } = nextStatement({
      ...names,
      brandId: back[0]!.brandId,
      journals: back,
      cause: 'pay_1',
      recordedAt: '2026-05-01T00:00:00.000Z',
    });
    expect(record).toMatchObject({ earnedCents: 1100, paidCents: 0, closingCents: 1100 });
  });

  test('tells of what was adjusted by hand, and why', () => {
    const by = { kind: 'adjustment', note: 'sale 7: sorry!' } as const;
    const adjusted = chain(
      [
        { ...by, adjustmentId: 'adj_1', cents: 250, reason: 'untracked-order' },
        { ...by, adjustmentId: 'adj_2', cents: -600, reason: 'terms-breach' },
        { ...by, adjustmentId: 'adj_3', cents: 350, reason: 'write-off', note: 'old' },
      ],
      undefined,
      march,
    );
    const third = buildStatement({ ...names, number: 2, journals: adjusted.slice(5), opening: first.closing });
    expect([third.openingCents, third.closingCents]).toEqual([500, 500]);
    expect(outline(third)).toEqual([
      [
        'adjusted',
        0,
        0,
        [
          ['adjustment adj_1', 250],
          ['adjustment adj_2', -600],
          ['adjustment adj_3', 350],
        ],
      ],
    ]);
    expect(third.sections[0]!.lines.map(({ explanation }) => explanation)).toEqual([
      '2.50 USD was added for an order that was not tracked: sale 7: sorry.',
      '6.00 USD was taken back for a breach of the program’s terms: sale 7: sorry. 3.50 USD of it was no longer payable and is owed.',
      '3.50 USD is no longer owed for a debt that is written off: old.',
    ]);
  });

  test('says which journals and days it covers, in the program’s time zone', () => {
    expect(first.journals).toEqual({ first: 1, last: 5, hash: march[4]!.hash });
    expect(first.period).toEqual({ from: '2026-03-15', to: '2026-03-15', label: '2026-03-15' });
    const berlin = { ...march[0]!, at: '2026-03-31T22:30:00.000Z' };
    expect(
      buildStatement({ ...names, number: 1, journals: [berlin], since: '2026-03-01T00:00:00.000Z' }).period,
    ).toEqual({
      from: '2026-03-01',
      to: '2026-04-01',
      label: '2026-03-01 to 2026-04-01',
    });
    expect(first.issuedAt).toBe(march[4]!.at);
  });

  const evenedOut = chain([
    { kind: 'accrual', today, lines: [line(1000)] },
    {
      kind: 'accrual',
      today,
      lines: [line(-10, { totalCents: 990, reason: 'returned' }), line(10, { orderId: '1002' })],
    },
    { kind: 'release', through: '2026-04-14' },
  ]);
  test.each([
    ['no journals', [], 'at least one journal'],
    ['a gap', march.toSpliced(2, 1), 'have a gap'],
    ['a gap where no money moved', evenedOut.toSpliced(1, 1), 'have a gap'],
    ['journals that do not start where it opens', march.slice(1), 'do not lead from opening to closing'],
  ])('refuses %s', (_, journals, words) => {
    const build = () => buildStatement({ ...names, number: 1, journals });
    expect(build).toThrow(RangeError);
    expect(build).toThrow(words);
  });
});

describe('laws', () => {
  /** Cuts a chain anywhere into statements, as payments do. */
  const statementsOf = (journals: ReturnType<typeof chain>, cuts: readonly number[]): Statement[] => {
    const ends = [...new Set([...cuts.map((cut) => cut % journals.length), journals.length])]
      .filter((end) => end > 0)
      .sort((a, b) => a - b);
    const made: Statement[] = [];
    let start = 0;
    for (const end of ends) {
      const before = made.at(-1);
      made.push(
        buildStatement({
          ...names,
          number: made.length + 1,
          journals: journals.slice(start, end),
          ...(before && { opening: before.closing, since: before.issuedAt }),
        }),
      );
      start = end;
    }
    return made;
  };
  const cutChain = fc
    .tuple(anyChain, fc.array(fc.nat(50), { maxLength: 4 }))
    .filter(([journals]) => journals.length > 0)
    .map(([journals, cuts]) => ({ journals, statements: statementsOf(journals, cuts) }));

  test('wherever a chain is cut, opening + movements = closing = next opening, to the ledger’s cent', () => {
    fc.assert(
      fc.property(cutChain, ({ journals, statements }) => {
        let open = 0;
        for (const statement of statements) {
          const { openingCents, closingCents, sections, journals: covered } = statement;
          expect(openingCents).toBe(open);
          expect(closingCents).toBe(openingCents + sections.reduce((sum, { changeCents }) => sum + changeCents, 0));
          expect(closingCents).toBe(unpaidCents(journals[covered.last - 1]!.after.balances));
          for (const { totalCents, lines } of sections)
            expect(totalCents).toBe(lines.reduce((sum, { cents }) => sum + cents, 0));
          open = closingCents;
        }
        expect(auditStatements(statements, journals, names)).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  test('made again from stored journals, a statement is the same to the byte', () => {
    fc.assert(
      fc.property(cutChain, ({ journals, statements }) => {
        const stored = JSON.parse(JSON.stringify(journals));
        const again = statementsOf(
          stored,
          statements.map(({ journals: covered }) => covered.last),
        );
        expect(JSON.stringify(again)).toBe(JSON.stringify(statements));
        expect(canonical(again)).toBe(canonical(statements));
      }),
      { numRuns: 100 },
    );
  });

  test.each<[string, Statement[]]>([
    ['a closing balance that was changed', [{ ...first, closingCents: 501 }, second]],
    ['a line that was changed', [{ ...first, sections: first.sections.slice(1) }, second]],
    ['a statement that is missing', [second]],
    [
      'one that does not open where the other closed',
      [first, { ...second, opening: { ...second.opening, pending: 1 } }],
    ],
    ['another number', [first, { ...second, number: 3 }]],
    ['other journals', [first, { ...second, journals: { ...second.journals, last: 9 } }]],
  ])('the audit finds %s', (_, statements) => {
    expect(auditStatements(statements, all, names).map(({ law }) => law)).toContain('statements-join');
  });
  test('and nothing else', () => expect(auditStatements([first, second], all, names)).toEqual([]));
});
