import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clickItem } from '../../../lib/store/click-row.ts';
import { SUB_BYTES, SUB_LENGTH, SUB_NAMES, subIdsOf } from '../../../lib/tracking/sub-ids.ts';
import { REASONS } from '../../../lib/tracking/verdict.ts';

const of = (query: Record<string, string>) => subIdsOf(new URLSearchParams(query));

describe('sub-ids', () => {
  test.each([
    ['none', {}, {}, false],
    [
      'some, and nothing else of the query',
      { sub1: 'a', sub5: 'ü', sharedid: 's', sub6: 'x', u: 'y' },
      { sub1: 'a', sub5: 'ü', sharedid: 's' },
      false,
    ],
    ['not an empty one', { sub1: '' }, {}, false],
    ['without controls', { sub1: 'a\u0000\r\nb' }, { sub1: 'ab' }, false],
    ['as long as one may be', { sub1: 'x'.repeat(255) }, { sub1: 'x'.repeat(255) }, false],
    ['cut where it is longer', { sub1: 'x'.repeat(256) }, { sub1: 'x'.repeat(255) }, true],
    [
      'cut together, the first ones first',
      { sub1: 'x'.repeat(255), sub2: 'y'.repeat(255), sub3: 'z'.repeat(255), sharedid: 's' },
      { sub1: 'x'.repeat(255), sub2: 'y'.repeat(255), sub3: 'z'.repeat(90) },
      true,
    ],
    ['cut between characters', { sub1: `${'x'.repeat(254)}👟` }, { sub1: 'x'.repeat(254) }, true],
  ])('%s', (_, query, subs, cut) => {
    expect(of(query as Record<string, string>)).toEqual({ subs, cut });
  });

  test('law: whatever they are, each is a beginning, all together are bounded, and the longest click is one write unit', () => {
    const any = fc.record(
      Object.fromEntries(SUB_NAMES.map((name) => [name, fc.string({ unit: 'binary', maxLength: 400 })])),
    );
    fc.assert(
      fc.property(any, (query) => {
        const { subs } = of(query);
        const bytes = Object.values(subs).reduce((sum, text) => sum + Buffer.byteLength(text), 0);
        expect(bytes).toBeLessThanOrEqual(SUB_BYTES);
        for (const text of Object.values(subs)) expect(text.length).toBeLessThanOrEqual(SUB_LENGTH);
        const row = clickItem({
          brandId: 'brd_0a1b2c',
          programId: 'prg_01jqg0000000yyyy',
          partnerId: 'ptr_01jqg0000000zzzz',
          link: '0a1b2c00000001',
          at: '2026-03-29T10:00:00.000Z',
          visitor: 'AAECAwQFBgc',
          nonce: 'beef',
          referrerHost: 'r'.repeat(100),
          verdict: 'out-of-geo',
          reasons: REASONS,
          mode: 'relaxed',
          country: 'DE',
          subs,
          expiresAt: 1_782_554_400,
        });
        // DynamoDB counts names and values in UTF-8; a number of ten digits takes no more than its digits.
        const size = Object.entries(row).reduce(
          (sum, [name, cell]) => sum + name.length + Buffer.byteLength('S' in cell ? cell.S : cell.N),
          0,
        );
        expect(size).toBeLessThanOrEqual(1024);
      }),
    );
  });
});
