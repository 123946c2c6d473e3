import { TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { balancesOf } from '../../../lib/ledger/chain.ts';
import { ACCOUNTS, type AccrualLine, type Journal, type LedgerKey } from '../../../lib/ledger/journal.ts';
import { packLines, unpackLines } from '../../../lib/store/journal-lines.ts';
import { ledger, toJournal } from '../../../lib/store/ledger.ts';
import { type Dynamodb, startDynamodb } from '../../support/dynamodb.ts';

const key: LedgerKey = {
  brandId: 'brd_000001',
  programId: 'prg_0000000000000001',
  partnerId: 'ptr_0000000000000001',
  currency: 'USD',
};

const line: AccrualLine = {
  eventType: 'sale',
  orderId: '1001',
  occurredAt: '2026-03-01T10:00:00.000Z',
  cents: 800,
  totalCents: 800,
  reason: 'earned',
  model: 'position-based',
  policyVersion: 1,
  planVersion: 2,
  creditBps: 4000,
  position: 1,
  touches: 3,
  touchAt: '2026-02-20T09:30:12.345Z',
  commissionableCents: 20_000,
  parts: [
    { rule: 'shoes', label: 'Shoes, 10 %', rateBps: 1000, baseCents: 8_000, cents: 800 },
    { rule: 'leads', label: 'Per lead', flatCents: 500, units: 2, baseCents: 0, cents: 0 },
  ],
  unmatchedCents: 0,
  units: 3,
  returnedUnits: 0,
  matures: '2026-03-31',
};

const journal = (sequence: number, over: Partial<Journal> = {}): Journal => ({
  ...key,
  sequence,
  journalId: `jrn_${String(sequence).padStart(16, '0')}`,
  kind: 'accrual',
  at: '2026-03-01T11:00:00.000Z',
  recordedAt: '2026-03-01T11:00:01.000Z',
  cause: 'settlement',
  actor: 'system:settle-conversions',
  entries: [
    { account: 'expense', cents: -800 },
    { account: 'pending', cents: 800 },
  ],
  lines: [line],
  after: {
    balances: { expense: -800, pending: 800, held: 0, payable: 0, inTransit: 0, paid: 0, receivable: 0 },
    schedule: { '2026-03-31': 800 },
    releasedThrough: '2026-02-28',
  },
  previousHash: 'a'.repeat(64),
  hash: 'b'.repeat(64),
  ...over,
});

let engine: Dynamodb;
let table: string;
beforeAll(async () => {
  engine = await startDynamodb();
  table = (await engine.createTables()).ledger;
});
afterAll(() => engine.stop());

const put = (store: ReturnType<typeof ledger>, ...journals: Journal[]) =>
  engine.client.send(
    new TransactWriteCommand({ TransactItems: journals.map(store.putWrite), ReturnConsumedCapacity: 'TOTAL' }),
  );

describe('the ledger table', () => {
  test('a journal comes back as it was put, and the newest is the head', async () => {
    const store = ledger(engine.client, table);
    expect(await store.head(key)).toBeUndefined();
    const chain = [journal(1), journal(2, { kind: 'release', lines: [], corrects: 'jrn_0000000000000001' })];
    for (const each of chain) await put(store, each);

    expect(await store.head(key)).toEqual(chain[1]);
    expect(await store.journals(key)).toEqual(chain);
    expect(await store.journals(key, { after: 1 })).toEqual([chain[1]]);
    expect(await store.journals(key, { limit: 1 })).toEqual([chain[0]]);
    expect(await store.journal(key, 1)).toEqual(chain[0]);
    expect(await store.journal(key, 3)).toBeUndefined();
  });

  test('a payment that came back keeps its day, and the sums of its year', async () => {
    const store = ledger(engine.client, table);
    const own = { ...key, partnerId: 'ptr_000000000000000a' };
    const { after } = journal(1);
    const cameBack = { 2025: { cents: 500, withheld: 120, byRail: { nacha: 400 } }, 2026: { cents: 1, byRail: {} } };
    const bounce = journal(1, {
      ...own,
      kind: 'bounce',
      lines: [],
      paidOn: '2025-12-31',
      after: { ...after, cameBack },
    });
    await put(store, bounce);
    expect(await store.head(own)).toEqual(bounce);
  });

  test('a place in a chain is taken once', async () => {
    const store = ledger(engine.client, table);
    const other = { ...key, partnerId: 'ptr_0000000000000002' };
    await put(store, journal(1, other));
    await expect(put(store, journal(1, { ...other, cause: 'another' }))).rejects.toThrow('ConditionalCheckFailed');
    expect((await store.head(other))?.cause).toBe('settlement');
  });

  test('chains of other partners, programs, brands and currencies are apart', async () => {
    const store = ledger(engine.client, table);
    await put(store, journal(1, { partnerId: 'ptr_0000000000000003' }));
    for (const over of [{ brandId: 'brd_000002' }, { programId: 'prg_0000000000000002' }, { currency: 'EUR' }])
      expect(await store.head({ ...key, partnerId: 'ptr_0000000000000003', ...over })).toBeUndefined();
  });

  test('the tenth journal follows the ninth', async () => {
    const store = ledger(engine.client, table);
    const busy = { ...key, partnerId: 'ptr_0000000000000004' };
    for (let sequence = 1; sequence <= 11; sequence += 1) await put(store, journal(sequence, busy));
    expect((await store.head(busy))?.sequence).toBe(11);
  });

  test('a journal of one order with a month of pending days stays in one kilobyte', async () => {
    const store = ledger(engine.client, table);
    const days = Array.from({ length: 30 }, (_, i) => `2026-03-${String(i + 1).padStart(2, '0')}`);
    const busy = journal(1, {
      partnerId: 'ptr_0000000000000005',
      lines: [{ ...line, orderId: 'SHOP-10012345', parts: line.parts.slice(0, 1) }],
      after: {
        balances: {
          expense: -184_300,
          pending: 64_300,
          held: 0,
          payable: 20_000,
          inTransit: 0,
          paid: 100_000,
          receivable: 0,
        },
        schedule: Object.fromEntries(days.map((day, i) => [day, 1_000 + i])),
        releasedThrough: '2026-02-28',
      },
    });
    const { ConsumedCapacity } = await put(store, busy);
    expect(ConsumedCapacity?.[0]?.CapacityUnits).toBe(2);
  });
});

describe('what is stored reads back the same', () => {
  const cents = fc.integer({ min: -1_000_000_000_000, max: 1_000_000_000_000 });
  const at = fc
    .date({ min: new Date('2020-01-01'), max: new Date('2040-01-01'), noInvalidDate: true })
    .map((d) => d.toISOString());
  const day = at.map((instant) => instant.slice(0, 10));
  const text = fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' });
  const part = fc.record(
    {
      rule: text,
      label: text,
      baseCents: cents,
      cents,
      rateBps: fc.nat(10_000),
      flatCents: fc.nat(),
      units: fc.nat(99),
    },
    { requiredKeys: ['rule', 'label', 'baseCents', 'cents'] },
  );
  const lines = fc.record(
    {
      eventType: text,
      orderId: text,
      occurredAt: at,
      cents,
      totalCents: cents,
      reason: fc.constantFrom('earned', 'returned', 'cancelled', 'recomputed'),
      model: text,
      policyVersion: fc.nat(99),
      planVersion: fc.nat(99),
      creditBps: fc.nat(10_000),
      position: fc.nat(99),
      touches: fc.nat(99),
      touchAt: at,
      commissionableCents: cents,
      parts: fc.array(part, { maxLength: 4 }),
      unmatchedCents: cents,
      touchKind: fc.constantFrom('code' as const, 'deal' as const),
      exchange: fc.record({ from: text, fromCents: cents, rateId: text, rate: text }),
      subs: fc.record({ sub1: text, sub5: text, sharedid: text }, { requiredKeys: [] }),
      flags: fc.array(
        fc.oneof(
          fc.record({ flag: fc.constant('late' as const), receivedAt: at, lateAfterDays: fc.nat(99) }),
          fc.record({ flag: fc.constant('duplicate-suspect' as const), withinMinutes: fc.nat(60) }),
        ),
        { maxLength: 2 },
      ),
      units: fc.nat(),
      returnedUnits: fc.nat(),
      matures: day,
    },
    {
      requiredKeys: [
        'eventType',
        'orderId',
        'occurredAt',
        'cents',
        'totalCents',
        'reason',
        'model',
        'policyVersion',
        'planVersion',
        'creditBps',
        'position',
        'touches',
        'commissionableCents',
        'parts',
        'unmatchedCents',
        'units',
        'returnedUnits',
        'matures',
      ],
    },
  );
  const journals = fc.record({
    sequence: fc.integer({ min: 1, max: 999_999_999_999 }),
    withholds: fc.option(cents, { nil: undefined }),
    entries: fc.array(fc.record({ account: fc.constantFrom(...ACCOUNTS), cents }), { maxLength: 4 }),
    lines: fc.array(lines, { maxLength: 5 }),
    after: fc.record(
      {
        balances: fc
          .tuple(...ACCOUNTS.map(() => cents))
          .map((all) => balancesOf(Object.fromEntries(ACCOUNTS.map((a, i) => [a, all[i]])))),
        schedule: fc.dictionary(day, cents, { maxKeys: 40 }),
        releasedThrough: day,
        paidBy: fc.option(fc.dictionary(fc.constantFrom('nacha', 'external'), cents, { minKeys: 1 }), {
          nil: undefined,
        }),
      },
      { requiredKeys: ['balances', 'schedule', 'releasedThrough'] },
    ),
  });

  test('a text of the time before there were flags and sub-ids; written again it is the same text', () => {
    const text =
      '{"terms":[["last-touch",1,1]],"rules":[["base","Base",1000,null]],"lines":[["sale","1001","2026-03-15T10:00:00.000Z","earned","2026-04-14",1000,1000,10000,10000,1,1,"2026-03-01T08:00:00.000Z",0,1,0,0,[[0,10000,1000,1]],null,["EUR",9000,"2026-03-15/1","1 EUR is 1.1 USD"]]]}';
    const lines = unpackLines(text);
    expect(lines).toMatchObject([{ orderId: '1001', exchange: { from: 'EUR' } }]);
    expect(lines[0]).not.toHaveProperty('subs');
    expect(lines[0]).not.toHaveProperty('flags');
    expect(packLines(lines)).toBe(text);
  });

  test('sub-ids that many lines share stand once', () => {
    const subs = { sub1: 'a-campaign-of-spring', sharedid: 'x' };
    const many = Array.from({ length: 5 }, (_, place) => ({ ...line, orderId: `${place}`, subs }));
    expect(packLines(many).split('a-campaign-of-spring')).toHaveLength(2);
    expect(unpackLines(packLines(many))).toEqual(many);
  });

  test('whatever the journal', () => {
    const store = ledger(undefined as never, 'ledger');
    fc.assert(
      fc.property(journals, (over) => {
        const plain = <T>(value: T): T => structuredClone({ ...value });
        const written = journal(
          1,
          plain({ ...over, after: { ...over.after, schedule: { ...over.after.schedule } } }) as Partial<Journal>,
        );
        expect(toJournal(store.putWrite(written).Put!.Item!)).toEqual(written);
      }),
    );
  });
});
