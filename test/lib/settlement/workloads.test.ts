import fc from 'fast-check';
import { expect, test } from 'vitest';
import { workloads } from '../../../lib/settlement/workloads.ts';

const seen = (...counts: (number | 'more')[]) =>
  counts.map((count, shard) =>
    count === 'more' ? { shard, seen: 0, more: true } : { shard, seen: count, more: false },
  );

test.each([
  ['no open work is nobody’s', seen(0, 0, 0), []],
  ['a few orders in every shard are one worker’s', seen(3, 2, 5, 1), [[0, 1, 2, 3]]],
  ['empty shards are left out', seen(0, 4, 0, 5), [[1, 3]]],
  ['a full page closes a load', seen(150, 50, 1), [[0, 1], [2]]],
  ['a shard with more than a page has its own worker', seen(10, 'more', 20, 'more'), [[0, 2], [1], [3]]],
  ['a filter may hide everything in the first page of a shard', seen('more'), [[0]]],
])('%s', (_, shards, loads) => expect(workloads(shards, 200)).toEqual(loads));

test('every shard with open work is worked on exactly once, and no load is over a page unless one shard is', () =>
  fc.assert(
    fc.property(fc.array(fc.record({ seen: fc.nat(200), more: fc.boolean() }), { maxLength: 16 }), (counts) => {
      const shards = counts.map((count, shard) => ({ shard, ...count }));
      const loads = workloads(shards, 200);
      const open = shards.filter((one) => one.seen > 0 || one.more).map(({ shard }) => shard);
      expect(loads.flat().sort((a, b) => a - b)).toEqual(open);
      for (const load of loads) {
        if (load.length > 1) expect(load.reduce((sum, shard) => sum + shards[shard]!.seen, 0)).toBeLessThanOrEqual(200);
      }
    }),
  ));
