import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Touch } from '../../../lib/attribution/journey.ts';
import { AttributionPolicy } from '../../../lib/attribution/policy.ts';
import type { PartnerType } from '../../../lib/partners/partner.ts';
import { assess } from '../../../lib/settlement/assess.ts';
import type { Standing } from '../../../lib/settlement/touches.ts';
import { instant } from '../../../lib/time.ts';
import { item, order, PROGRAM, percentRule, plan } from '../../support/orders.ts';

/** The table of `docs/attribution.md`, so that what the page promises is what the code does. */
const text = readFileSync(join(import.meta.dirname, '../../../docs/attribution.md'), 'utf8');
const rows = text
  .slice(text.indexOf('## Worked examples'), text.indexOf('## Seeing why'))
  .split('\n')
  .filter((line) => line.startsWith('| `{'))
  .map(
    (line) =>
      line
        .split('|')
        .map((cell) => cell.trim())
        .slice(1, 5) as [string, string, string, string],
  );

const ORDERED = '2026-03-15T10:00:00.000Z';
const MS: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, s: 1_000 };

interface Seen {
  readonly touch: Touch;
  readonly type: PartnerType;
}
function seen(words: string, place: number): Seen {
  const [, code, name, type, count, unit] = /^(code )?(\w+) \((\S+)\) (\d+) ([dhs])$/.exec(words) ?? [];
  if (!name) throw new Error(`not a touch: ${words}`);
  const at = instant(Date.parse(ORDERED) - Number(count) * MS[unit!]!);
  const kind = code ? ({ kind: 'code', code: 'SAVE10' } as const) : ({ kind: 'click' } as const);
  return { touch: { touchId: String(place), partnerId: name, at, ...kind }, type: type as PartnerType };
}
const standing = ({ touch: { partnerId }, type }: Seen): [string, Standing] => [
  partnerId,
  {
    partner: { partnerId, type } as Standing['partner'],
    enrolment: {
      programId: PROGRAM,
      partnerId,
      status: 'active',
      group: 'default',
      enrolledAt: '2026-01-01T00:00:00.000Z',
    },
  },
];

test('the page has examples', () => expect(rows.length).toBeGreaterThan(12));

describe('an order of 100.00 at 10 %', () => {
  test.each(rows)('%s: %s', (policy, touches, credits, earned) => {
    const all = touches.split(', ').map(seen);
    const program = { programId: PROGRAM, currency: 'USD', timeZone: 'UTC', payoutTerms: { holdDays: 30 } } as never;
    const version = { version: 1, effectiveFrom: '2026-01-01T00:00:00.000Z' };
    const terms = {
      program,
      policies: [{ ...version, policy: AttributionPolicy.parse(JSON.parse(policy.slice(1, -1))) }],
      plans: [plan([percentRule('base', 1_000)])],
    };
    const facts = { terms, touches: all.map(({ touch }) => touch), standings: new Map(all.map(standing)) };
    const { credits: given, posted } = assess(order([item(10_000)]), facts, ORDERED);
    expect(given.map(({ partnerId, creditBps }) => `${partnerId} ${creditBps}`).join(', ')).toBe(credits);
    const cents = given.map(({ partnerId }) => `${partnerId} ${((posted[partnerId]?.cents ?? 0) / 100).toFixed(2)}`);
    expect(cents.join(', ')).toBe(earned);
  });
});
