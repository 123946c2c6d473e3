import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AccrualLine } from '../../../lib/ledger/journal.ts';
import { batches } from '../../../lib/settlement/batches.ts';

const movement = (name: string, ...partners: string[]) => ({
  name,
  lines: new Map(partners.map((partnerId) => [partnerId, {} as AccrualLine])),
});
const partnersOf = (batch: readonly { lines: ReadonlyMap<string, unknown> }[]) =>
  new Set(batch.flatMap(({ lines }) => [...lines.keys()]));

describe('batches', () => {
  test('nothing makes no batch', () => expect(batches([], '0')).toEqual([]));

  test('a partner’s conversions fall together, though they arrive mixed', () => {
    const mixed = Array.from({ length: 80 }, (_, i) => movement(`order ${i}`, `partner ${i % 4}`));
    const made = batches(mixed, '0');
    expect(made.map((batch) => batch.length)).toEqual([40, 40]);
    expect(made.map((batch) => partnersOf(batch).size)).toEqual([2, 2]);
  });

  test('conversions with many partners close a batch before it passes 100 writes', () => {
    const wide = Array.from({ length: 5 }, (_, i) =>
      movement(`order ${i}`, ...Array.from({ length: 45 }, (_, k) => `partner ${i}-${k}`)),
    );
    expect(batches(wide, '0').map((batch) => batch.length)).toEqual([2, 2, 1]);
  });

  test('two shards begin with different partners', () => {
    const many = Array.from({ length: 60 }, (_, i) => movement(`order ${i}`, `partner ${i}`));
    expect(batches(many, '0')[0]![0]!.name).not.toBe(batches(many, '1')[0]![0]!.name);
  });

  test('every conversion is in one batch, and each batch is one transaction', () => {
    const partner = fc.nat(200).map((n) => `partner ${n}`);
    const some = fc.array(fc.uniqueArray(partner, { maxLength: 99 }), { maxLength: 120 });
    fc.assert(
      fc.property(some, fc.nat(7), (all, shard) => {
        const movements = all.map((partners, i) => movement(`order ${i}`, ...partners));
        const made = batches(movements, String(shard));
        expect(
          made
            .flat()
            .map(({ name }) => name)
            .sort(),
        ).toEqual(movements.map(({ name }) => name).sort());
        for (const batch of made) {
          expect(batch.length).toBeGreaterThan(0);
          expect(batch.length + partnersOf(batch).size).toBeLessThanOrEqual(100);
        }
      }),
    );
  });
});
