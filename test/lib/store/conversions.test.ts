import { QueryCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keyPattern } from '../../../lib/programs/field-patterns.ts';
import { toConversionEvent } from '../../../lib/store/conversion-event-row.ts';
import { newRow, type Settlement, toConversion } from '../../../lib/store/conversion-row.ts';
import { type ConversionStore, conversions, OPEN_SHARDS } from '../../../lib/store/conversions.ts';
import { conversionOf } from '../../../lib/store/new-conversion.ts';
import type { Page, PageRequest } from '../../../lib/store/page.ts';
import type { Conversion, ConversionKey } from '../../../lib/tracking/conversion.ts';
import { ConversionReport, ReturnReport } from '../../../lib/tracking/conversion.ts';
import { type Dynamodb, startDynamodb, type Tables } from '../../support/dynamodb.ts';

const BRAND = 'brd_0a1b2c';
const PROGRAM = 'prg_01jqg0000000yyyy';
const OTHER = 'prg_01jqg0000000zzzz';
const AT = '2026-03-29T10:00:00.000Z';
const PARTNERS = ['ptr_01jqg0000000aaaa', 'ptr_01jqg0000000bbbb', 'ptr_01jqg0000000cccc'] as const;
const CLICK_ID = 'BwCgrEwAAAAAAQBleAAAAAAP__8BnTkJPQAAAQIDBAUGB77v0LcF8wYMKv-bN_RJ';

let engine: Dynamodb;
let tables: Tables;
let store: ConversionStore;
/** Units the last calls took: of the table and of each index. */
let units: { total: number; indexes: Record<string, number> }[] = [];

beforeAll(async () => {
  engine = await startDynamodb();
  tables = await engine.createTables();
  engine.client.middlewareStack.add(
    (next) => async (args) => {
      (args.input as { ReturnConsumedCapacity?: string }).ReturnConsumedCapacity = 'INDEXES';
      const result = await next(args);
      const { ConsumedCapacity } = result.output as { ConsumedCapacity?: Capacity | Capacity[] };
      for (const one of ConsumedCapacity ? [ConsumedCapacity].flat() : []) {
        const indexes = Object.entries(one.GlobalSecondaryIndexes ?? {});
        units.push({
          total: one.CapacityUnits ?? 0,
          indexes: Object.fromEntries(indexes.map(([name, { CapacityUnits = 0 }]) => [name, CapacityUnits])),
        });
      }
      return result;
    },
    { step: 'initialize' },
  );
  store = conversions(engine.client, tables.conversions);
});
afterAll(() => engine.stop());
interface Capacity {
  readonly CapacityUnits?: number;
  readonly GlobalSecondaryIndexes?: Record<string, { CapacityUnits?: number }>;
}

let orders = 0;
const report = (over: Record<string, unknown> = {}): ConversionReport => {
  orders += 1;
  return ConversionReport.parse({
    programId: PROGRAM,
    orderId: `order-${orders}`,
    currency: 'USD',
    items: [
      { sku: 'boot-42-brown', category: 'shoes', quantity: 2, unitPriceCents: 12_900, discountCents: 500 },
      { sku: 'sock-m', category: 'accessories', quantity: 3, unitPriceCents: 700 },
      { sku: 'gift-wrap', quantity: 1, unitPriceCents: 300 },
    ],
    ...over,
  });
};
const source = { brandId: BRAND, at: AT, keyId: 'key_01jqg0000000key0' };
const record = async (over: Record<string, unknown> = {}): Promise<Conversion> =>
  (await store.record(report(over), source)).conversion;
const keyOf = ({ brandId, programId, eventType, orderId }: ConversionKey): ConversionKey => ({
  brandId,
  programId,
  eventType,
  orderId,
});
const back = (returnId: string, ...lines: [line: number, quantity: number][]): ReturnReport =>
  ReturnReport.parse({ returnId, lines: lines.map(([line, quantity]) => ({ line, quantity })) });
const stored = async ({ brandId, programId, eventType, orderId }: ConversionKey) =>
  (await store.get(brandId, programId, eventType, orderId))!;
const settlement = (over: Partial<Settlement> = {}): Settlement => ({
  at: '2026-03-29T10:05:00.000Z',
  policyVersion: 3,
  planVersion: 12,
  credits: PARTNERS.map((partnerId, place) => ({
    partnerId,
    creditBps: [4000, 2000, 4000][place]!,
    position: place + 1,
    touches: 3,
    touchAt: '2026-03-12T18:22:31.123Z',
  })),
  posted: Object.fromEntries(
    PARTNERS.map((partnerId) => [partnerId, { cents: 1234, matures: '2026-04-28', returnedUnits: 0 }]),
  ),
  journals: Object.fromEntries(PARTNERS.map((partnerId) => [partnerId, 17])),
  ...over,
});
const settle = (conversion: Conversion, over: Partial<Settlement> = {}) =>
  engine.client.send(new TransactWriteCommand({ TransactItems: [store.settleWrite(conversion, settlement(over))] }));
async function everyPage<Item>(read: (page: PageRequest) => Promise<Page<Item>>, limit: number): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | undefined;
  do {
    const page = await read({ cursor, limit });
    items.push(...page.items);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return items;
}
const openOrders = async (
  over: Omit<Parameters<ConversionStore['openKeys']>[2], 'cursor' | 'limit'> = {},
  limit = 50,
) => {
  const shards = Array.from({ length: OPEN_SHARDS }, (_, shard) =>
    everyPage((page) => store.openKeys(BRAND, shard, { ...over, ...page }), limit),
  );
  return (await Promise.all(shards)).flat().map(({ orderId }) => orderId);
};

describe('recording', () => {
  test('stores what was reported, open and with nothing posted', async () => {
    const said = report({ occurredAt: '2026-03-28T23:30:00Z', clickId: CLICK_ID, customerStatus: 'new' });
    const { outcome, conversion } = await store.record(said, source);
    expect(outcome).toBe('recorded');
    expect(conversion).toEqual({
      ...said,
      brandId: BRAND,
      occurredAt: '2026-03-28T23:30:00.000Z',
      receivedAt: AT,
      reportedBy: source.keyId,
      returned: {},
      revision: 1,
      open: true,
      posted: {},
      mark: expect.stringMatching(/^-{16}[\w-]{8}$/),
    });
    expect(await stored(conversion)).toEqual({ conversion, events: [] });
  });

  test('takes the time of the request when none is given', async () => {
    expect((await record()).occurredAt).toBe(AT);
  });

  test('the same again finds what is there, whenever it comes and in whatever order its fields stand', async () => {
    const first = report();
    await store.record(first, source);
    const again = JSON.parse(JSON.stringify(Object.fromEntries(Object.entries(first).reverse())));
    const second = await store.record(again, { ...source, at: '2026-04-01T00:00:00.000Z' });
    expect(second).toMatchObject({ outcome: 'already-there', differences: [], conversion: { receivedAt: AT } });
  });

  test.each([
    ['another time', { occurredAt: '2026-03-29T10:00:01Z' }, ['occurredAt']],
    ['other items', { items: [{ sku: 'boot-42-brown', quantity: 1, unitPriceCents: 12_900 }] }, ['items']],
    ['a click id where there was none', { clickId: CLICK_ID }, ['clickId']],
    [
      'several things',
      { currency: 'EUR', orderDiscountCents: 1, customerId: 'c' },
      ['currency', 'orderDiscountCents', 'customerId'],
    ],
  ])('%s under the same key changes nothing and is named', async (_, over, differences) => {
    const first = report();
    await store.record(first, source);
    const other = report({ orderId: first.orderId, ...over });
    expect(await store.record(other, source)).toMatchObject({ outcome: 'different', differences });
    expect((await stored({ ...first, brandId: BRAND })).conversion.revision).toBe(1);
  });

  test('ids that differ in case, type, program or brand are different conversions', async () => {
    const first = report({ orderId: 'Order-X' });
    for (const [said, from] of [
      [first, source],
      [{ ...first, orderId: 'order-x' }, source],
      [{ ...first, eventType: 'lead' }, source],
      [{ ...first, programId: OTHER }, source],
      [first, { ...source, brandId: 'brd_000000' }],
    ] as const)
      expect((await store.record(said, from)).outcome).toBe('recorded');
  });

  test('keeps a click id that was not taken, with the reason', async () => {
    const { conversion } = await store.record(report({ clickId: 'x' }), { ...source, clickIdRefused: 'malformed' });
    expect((await stored(conversion)).conversion).toMatchObject({
      clickId: 'x',
      clickIdRefused: 'malformed',
      unattributed: 'click-id-malformed',
    });
  });

  test('once, when the same order comes from many sides at the same moment', async () => {
    const said = report();
    const all = await Promise.all(Array.from({ length: 20 }, () => store.record(said, source)));
    expect(all.filter(({ outcome }) => outcome === 'recorded')).toHaveLength(1);
    expect(all.filter(({ outcome }) => outcome === 'already-there')).toHaveLength(19);
  });

  test('law: the row tells the conversion', () => {
    const text = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
      .filter((value) => keyPattern(120).test(value) && !/[\p{Zl}\p{Zp}]/u.test(value) && value.trim() !== '');
    const cents = fc.nat(1_000_000);
    const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
    fc.assert(
      fc.property(
        fc.record({
          orderId: text,
          items: fc.array(
            fc.record({
              sku: text,
              quantity: fc.integer({ min: 1, max: 99 }),
              unitPriceCents: cents,
              category: optional(text),
            }),
            { minLength: 1, maxLength: 5 },
          ),
          customerId: optional(text),
          country: optional(fc.constantFrom('DE', 'US')),
          couponCode: optional(text),
          taxCents: optional(cents),
          shippingCents: optional(cents),
          emailSha256: optional(fc.constant('0f'.repeat(32))),
          sub2: optional(text),
          sub5: optional(text),
          clickId: optional(fc.constant(CLICK_ID)),
        }),
        (given) => {
          const conversion = JSON.parse(
            JSON.stringify({
              ...ConversionReport.parse({ programId: PROGRAM, currency: 'USD', ...given, occurredAt: AT }),
              brandId: BRAND,
              receivedAt: AT,
              reportedBy: 'key',
              returned: {},
              revision: 1,
              open: true,
              posted: {},
              ...(given.couponCode !== undefined && { couponCodes: [given.couponCode.trim()] }),
            }),
          );
          expect(toConversion(newRow(conversion) as never)).toEqual(conversion);
        },
      ),
    );
  });
});

describe('what there is to flag', () => {
  const duplicateOf = { orderId: 'first', occurredAt: '2026-03-29T09:57:00.000Z', withinMinutes: 10 };
  test.each([
    ['nothing', undefined],
    ['late', { lateAfterDays: 7 }],
    ['like another', { duplicateOf }],
    ['both', { lateAfterDays: 7, duplicateOf }],
  ])('reads back: %s; and is gone when the next settlement finds none', async (_, findings) => {
    const conversion = await record({ customerId: 'c-1', occurredAt: AT });
    await settle(conversion, { findings });
    const { conversion: now } = await stored(conversion);
    expect(now.findings).toEqual(findings);
    await settle(now);
    expect((await stored(conversion)).conversion).not.toHaveProperty('findings');
  });

  test('a row of the time before there were marks reads as it was', () => {
    const conversion = { ...(conversionOf(report(), source) as Conversion) };
    const row = { ...newRow(conversion), t: AT };
    expect(toConversion(row as never)).toEqual({ ...conversion, occurredAt: AT });
  });
});

describe('what it costs', () => {
  const full = {
    clickId: CLICK_ID,
    customerId: 'customer-4711',
    customerStatus: 'returning',
    couponCode: 'SPRING26',
    country: 'DE',
  };

  test('an order of three lines is three units: the row and two index entries', async () => {
    units = [];
    await record({ ...full, orderDiscountCents: 1000 });
    expect(units).toEqual([{ total: 3, indexes: { open: 1, day: 1 } }]);
  });

  test('the same again is one unit and no index', async () => {
    const said = report();
    await store.record(said, source);
    units = [];
    await store.record(said, source);
    expect(units.at(-1)!.total).toBe(1);
  });

  test('settled for three partners it still fits its kilobyte', async () => {
    const conversion = await record({ ...full, orderDiscountCents: 1000 });
    units = [];
    await settle(conversion);
    const [{ total, indexes }] = units as [(typeof units)[number]];
    const ofRow = total - Object.values(indexes).reduce((sum, each) => sum + each, 0);
    expect(ofRow).toBe(2);
    expect(indexes.day ?? 0).toBe(0);
  });

  test('also with the link of each, where a plan asks for links', async () => {
    const conversion = await record({ ...full, orderDiscountCents: 1000 });
    const credits = settlement().credits.map((credit) => ({ ...credit, link: '4k9w2xabcdefgh' }));
    units = [];
    await settle(conversion, { credits });
    const [{ total, indexes }] = units as [(typeof units)[number]];
    expect(total - Object.values(indexes).reduce((sum, each) => sum + each, 0)).toBe(2);
    expect((await stored(conversion)).conversion.credits).toEqual(credits);
  });
});

describe('returns', () => {
  test('add up by line and give the conversion work to do again', async () => {
    const conversion = await record();
    await settle(conversion);
    expect((await stored(conversion)).conversion.open).toBeUndefined();
    const first = await store.addReturn(keyOf(conversion), back('r1', [1, 1], [2, 2]), source);
    expect(first).toMatchObject({
      outcome: 'recorded',
      conversion: { returned: { 1: 1, 2: 2 }, revision: 3, open: true },
    });
    await store.addReturn(keyOf(conversion), back('r2', [2, 1]), { ...source, at: '2026-03-30T00:00:00.000Z' });
    const { conversion: now, events } = await stored(conversion);
    expect(now.returned).toEqual({ 1: 1, 2: 3 });
    expect(events).toMatchObject([
      { kind: 'return', returnId: 'r1', occurredAt: AT, revision: 3, reportedBy: source.keyId },
      { kind: 'return', returnId: 'r2', occurredAt: '2026-03-30T00:00:00.000Z', revision: 4 },
    ]);
    expect(await openOrders()).toContain(conversion.orderId);
  });

  test('the same again is found; its lines may stand in another order', async () => {
    const conversion = await record();
    await store.addReturn(keyOf(conversion), back('r1', [1, 1], [2, 1]), source);
    const again = await store.addReturn(keyOf(conversion), back('r1', [2, 1], [1, 1]), {
      ...source,
      at: '2026-05-01T00:00:00.000Z',
    });
    expect(again).toMatchObject({ outcome: 'already-there', event: { receivedAt: AT }, conversion: { revision: 2 } });
  });

  test('something else under the same id changes nothing and is named', async () => {
    const conversion = await record();
    await store.addReturn(keyOf(conversion), back('r1', [1, 1]), source);
    const other = { ...back('r1', [1, 2]), reason: 'fraud' as const };
    expect(await store.addReturn(keyOf(conversion), other, source)).toMatchObject({
      outcome: 'different',
      differences: ['lines', 'reason'],
    });
    expect((await stored(conversion)).conversion.returned).toEqual({ 1: 1 });
  });

  test('of more than was bought change nothing, whichever line it is', async () => {
    const conversion = await record();
    await store.addReturn(keyOf(conversion), back('r1', [2, 2]), source);
    expect(await store.addReturn(keyOf(conversion), back('r2', [1, 1], [2, 2]), source)).toEqual({
      outcome: 'more-than-bought',
      fields: [{ field: 'lines[1].quantity', message: '3 bought, 2 returned before, so at most 1' }],
    });
    expect((await stored(conversion)).conversion).toMatchObject({ returned: { 2: 2 }, revision: 2 });
  });

  test('of a line that the order does not have are refused by name', async () => {
    const conversion = await record();
    expect(await store.addReturn(keyOf(conversion), back('r1', [1, 1], [4, 1]), source)).toEqual({
      outcome: 'no-such-line',
      fields: [{ field: 'lines[1].line', message: 'the order has lines 1 to 3' }],
    });
  });

  test('of nothing that was reported', async () => {
    const key = { brandId: BRAND, programId: PROGRAM, eventType: 'sale', orderId: 'never' };
    expect(await store.addReturn(key, back('r1', [1, 1]), source)).toEqual({ outcome: 'no-such-conversion' });
    expect(await store.cancel(key, { reason: 'fraud' }, source)).toEqual({ outcome: 'no-such-conversion' });
  });

  test('from many sides at once never add up to more than was bought, and each counts once', async () => {
    const conversion = await record({ items: [{ sku: 'a', quantity: 4, unitPriceCents: 100 }] });
    const attempts = Array.from({ length: 8 }, (_, place) =>
      store.addReturn(keyOf(conversion), back(`r${place}`, [1, 1]), source),
    );
    const outcomes = (await Promise.allSettled(attempts)).map((end) =>
      end.status === 'fulfilled' ? end.value.outcome : 'busy',
    );
    const { conversion: now, events } = await stored(conversion);
    expect(events).toHaveLength(outcomes.filter((outcome) => outcome === 'recorded').length);
    expect(now.returned).toEqual({ 1: events.length });
    expect(events.length).toBeGreaterThan(0);
    expect(events.length).toBeLessThanOrEqual(4);
  });
});

describe('a cancellation', () => {
  test('voids the whole, once, and takes no returns after', async () => {
    const conversion = await record();
    await store.addReturn(keyOf(conversion), back('r1', [1, 1]), source);
    const first = await store.cancel(keyOf(conversion), { reason: 'order-error' }, source);
    expect(first).toMatchObject({
      outcome: 'recorded',
      conversion: { cancelled: { at: AT, reason: 'order-error' }, returned: { 1: 1 }, open: true },
    });
    expect(await store.cancel(keyOf(conversion), { reason: 'order-error' }, source)).toMatchObject({
      outcome: 'already-there',
    });
    expect(await store.cancel(keyOf(conversion), { reason: 'fraud' }, source)).toMatchObject({
      outcome: 'different',
      differences: ['reason'],
    });
    expect(await store.addReturn(keyOf(conversion), back('r2', [1, 1]), source)).toEqual({ outcome: 'cancelled' });
    expect(await store.addReturn(keyOf(conversion), back('r1', [1, 1]), source)).toMatchObject({
      outcome: 'already-there',
    });
    expect((await stored(conversion)).events.map(({ kind }) => kind)).toEqual(['return', 'cancellation']);
  });
});

describe('settling', () => {
  test('stores credits, postings and versions, and takes the conversion out of the open ones', async () => {
    const conversion = await record();
    expect(await openOrders()).toContain(conversion.orderId);
    await settle(conversion);
    const { conversion: now } = await stored(conversion);
    const { credits, posted } = settlement();
    expect(now).toMatchObject({
      revision: 2,
      credits,
      posted,
      settled: { at: '2026-03-29T10:05:00.000Z', policyVersion: 3, planVersion: 12 },
      journals: { [PARTNERS[0]]: [17] },
    });
    expect(await openOrders()).not.toContain(conversion.orderId);
  });

  test('fails when the conversion changed since it was read, and leaves it open', async () => {
    const conversion = await record();
    await store.addReturn(keyOf(conversion), back('r1', [1, 1]), source);
    await expect(settle(conversion)).rejects.toMatchObject({ name: 'TransactionCanceledException' });
    expect((await stored(conversion)).conversion).toMatchObject({ revision: 2, posted: {}, open: true });
    expect(await openOrders()).toContain(conversion.orderId);
  });

  test('again replaces the reason and remembers the latest twenty journals', async () => {
    let conversion = await record();
    await settle(conversion, { credits: [], posted: {}, journals: {}, unattributed: 'no-click' });
    conversion = (await stored(conversion)).conversion;
    expect(conversion.unattributed).toBe('no-click');
    for (let sequence = 1; sequence <= 22; sequence += 1) {
      await settle(conversion, { journals: { [PARTNERS[0]]: sequence } });
      conversion = (await stored(conversion)).conversion;
    }
    expect(conversion.unattributed).toBeUndefined();
    expect(conversion.journals![PARTNERS[0]]).toEqual(Array.from({ length: 20 }, (_, place) => place + 3));
  });
});

describe('finding', () => {
  const windowed = (day: number, hour = 12) => `2031-05-0${day}T${hour}:00:00.000Z`;
  beforeAll(async () => {
    for (let day = 1; day <= 5; day += 1)
      for (const programId of [PROGRAM, OTHER])
        for (let n = 0; n < 3; n += 1)
          await record({ programId, orderId: `${programId.at(-1)}-${day}-${n}`, occurredAt: windowed(day, 12 + n) });
  });

  test('open conversions of a window of order times, its end not included', async () => {
    const found = await openOrders({ from: windowed(2), to: windowed(4, 13) });
    expect(found.sort()).toEqual(
      ['y', 'z'].flatMap((p) => ['2-0', '2-1', '2-2', '3-0', '3-1', '3-2', '4-0'].map((name) => `${p}-${name}`)).sort(),
    );
  });

  test('open conversions of one program, whatever the size of the pages', async () => {
    for (const limit of [1, 2, 7, 100]) {
      const found = await openOrders({ programId: OTHER, from: windowed(1), to: windowed(6) }, limit);
      expect(found).toHaveLength(15);
      expect(new Set(found).size).toBe(15);
      expect(found.every((orderId) => orderId.startsWith('z-'))).toBe(true);
    }
  });

  test('open conversions of a brand without any are none', async () => {
    expect(await store.openKeys('brd_zzzzzz', 0)).toEqual({ items: [] });
  });

  test('a day’s conversions by order time, page by page', async () => {
    const day = (page: PageRequest) => store.dayKeys(BRAND, PROGRAM, '2031-05-03', page);
    for (const limit of [1, 2, 50])
      expect((await everyPage(day, limit)).map(({ orderId }) => orderId)).toEqual(['y-3-0', 'y-3-1', 'y-3-2']);
  });

  test('a stretch of time, which days of UTC do not bound, page by page', async () => {
    const [from, to] = ['2033-06-29T22:00:00.000Z', '2033-07-01T22:00:00.000Z'];
    const times = [
      '06-29T21:59:59.999',
      '06-29T22:00:00.000',
      '06-30T11:00:00.000',
      '07-01T21:59:59.999',
      '07-01T22:00:00.000',
    ];
    const recorded = [];
    for (const time of times) recorded.push(await record({ occurredAt: `2033-${time}Z` }));
    const between = (page: PageRequest) => store.keysBetween({ brandId: BRAND, programId: PROGRAM, from, to }, page);
    for (const limit of [1, 2, 3, 50]) expect(await everyPage(between, limit)).toEqual(recorded.slice(1, 4).map(keyOf));
    const { cursor } = await between({ limit: 1 });
    expect(cursor).toMatch(/^2033-06-29T22/);
    for (const elsewhere of ['', '~', 'x'.repeat(40), cursor!.replace('29T22', '29T21')])
      expect(await between({ cursor: elsewhere })).toEqual({ items: [] });
    expect(await between({ cursor: '2033-06-3x' })).toEqual({ items: [keyOf(recorded[3]!)] });
  });

  test('a day between two instants', async () => {
    const late = await record({ occurredAt: '2034-06-30T22:30:00.000Z' });
    await record({ occurredAt: '2034-06-30T22:30:00.001Z' });
    const span = { from: '2034-06-30T22:30:00.000Z', to: '2034-06-30T22:30:00.001Z' };
    expect((await store.dayKeys(BRAND, PROGRAM, '2034-06-30', span)).items).toEqual([keyOf(late)]);
  });

  test('with marks and without, in order of time, and by time what is marked', async () => {
    const time = (second: number) => `2031-06-01T10:00:0${second}.000Z`;
    const given = [
      { customerId: 'c-1' },
      {},
      { clickId: CLICK_ID, emailSha256: 'a'.repeat(64) },
      {},
      { customerId: 'c-1' },
    ];
    for (const [second, over] of given.entries())
      await record({ orderId: `m-${second}`, occurredAt: time(second), ...over });
    const day = (page: PageRequest) => store.dayKeys(BRAND, PROGRAM, '2031-06-01', page);
    for (const limit of [1, 2, 50])
      expect((await everyPage(day, limit)).map(({ orderId }) => orderId)).toEqual(['m-0', 'm-1', 'm-2', 'm-3', 'm-4']);
    const marks = async (from: string, to: string) =>
      (await store.marksBetween(BRAND, PROGRAM, '2031-06-01', { from, to })).items;
    expect((await marks(time(0), time(4))).map(({ key }) => key.orderId)).toEqual(['m-0', 'm-2', 'm-4']);
    expect((await marks(time(1), time(2))).map(({ key }) => key.orderId)).toEqual(['m-2']);
    const [first, , third] = await marks(time(0), time(4));
    expect(first!.mark).toBe(third!.mark);
    expect((await store.load([first!.key]))[0]!.mark).toBe(first!.mark);
  });

  test('rows by key, in the order asked for, missing ones left out, more than a hundred', async () => {
    const keys = await everyPage((page) => store.dayKeys(BRAND, PROGRAM, '2031-05-03', page), 50);
    const many = Array.from({ length: 210 }, (_, place) => keys[place % 3]!);
    const loaded = await store.load([...many, { ...keys[0]!, orderId: 'never' }]);
    expect(loaded.map(({ orderId }) => orderId)).toEqual(many.map(({ orderId }) => orderId));
  });
});

test('an event of the stream tells which conversion it is of', async () => {
  const conversion = await record();
  await store.addReturn(keyOf(conversion), back('r-1', [1, 1]), source);
  const { Items = [] } = await engine.client.send(
    new QueryCommand({
      TableName: tables.conversions,
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :event)',
      ExpressionAttributeValues: {
        ':pk': `${BRAND}#${PROGRAM}#sale#${conversion.orderId}`,
        ':event': 'EVENT#',
      },
    }),
  );
  expect(Items.map(toConversionEvent)).toMatchObject([{ ...keyOf(conversion), kind: 'return', returnId: 'r-1' }]);
});
