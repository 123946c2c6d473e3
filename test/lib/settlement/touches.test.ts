import { describe, expect, test } from 'vitest';
import type { Touch } from '../../../lib/attribution/journey.ts';
import type { AttributionPolicy } from '../../../lib/attribution/policy.ts';
import { change } from '../../../lib/partners/enrolment.ts';
import type { Enrolment, Partner } from '../../../lib/partners/partner.ts';
import { countable, type Standing } from '../../../lib/settlement/touches.ts';
import { ANN, BOB, PROGRAM } from '../../support/orders.ts';

const POLICY: AttributionPolicy = { model: 'last-touch', lookbackDays: 30 };
const ORDERED = '2026-03-10T10:00:00.000Z';
const touch = (partnerId: string, at: string): Touch => ({
  touchId: `${partnerId} ${at}`,
  partnerId,
  kind: 'click',
  link: 'link',
  at,
});
const standing = (partnerId: string, ...changes: [Parameters<typeof change>[1], string][]): [string, Standing] => {
  const enrolment: Enrolment = {
    programId: PROGRAM,
    partnerId,
    status: 'active',
    group: 'default',
    enrolledAt: '2026-01-01T00:00:00.000Z',
  };
  const partner = { partnerId, type: 'content' } as Partner;
  return [partnerId, { partner, enrolment: changes.reduce((state, [to, at]) => change(state, to, at), enrolment) }];
};
const who = (touches: readonly ReturnType<typeof touch>[], ...standings: [string, Standing][]) => {
  const { journey, why } = countable({ occurredAt: ORDERED }, touches, POLICY, new Map(standings));
  return why ?? journey.map(({ partnerId }) => partnerId);
};

const CLICKED = '2026-03-09T10:00:00.000Z';
describe('touches that count', () => {
  test.each([
    [
      'of active partners, in order',
      [touch(BOB, '2026-03-08T10:00:00.000Z'), touch(ANN, CLICKED)],
      [standing(ANN), standing(BOB)],
      [BOB, ANN],
    ],
    ['not before the window', [touch(ANN, '2026-02-08T09:59:59.999Z')], [standing(ANN)], 'outside-window'],
    ['up to the very edge of the window', [touch(ANN, '2026-02-08T10:00:00.000Z')], [standing(ANN)], [ANN]],
    ['not after the order', [touch(ANN, '2026-03-10T10:00:00.001Z')], [standing(ANN)], 'click-after-order'],
    [
      'not a machine’s under a strict program: the shopper’s before it does',
      [
        touch(ANN, CLICKED),
        { ...touch(BOB, '2026-03-09T11:00:00.000Z'), verdict: 'bot', strict: true, link: 'other' } as Touch,
      ],
      [standing(ANN), standing(BOB)],
      [ANN],
    ],
    [
      'not through a link that was paused, which is told',
      [{ ...touch(ANN, CLICKED), verdict: 'paused' } as Touch],
      [standing(ANN)],
      'click-paused',
    ],
    [
      'also a doubtful one under any other program',
      [{ ...touch(ANN, CLICKED), verdict: 'out-of-geo' } as Touch],
      [standing(ANN)],
      [ANN],
    ],
    ['not of strangers', [touch(ANN, CLICKED)], [], 'partner-not-enrolled'],
    [
      'not while paused at the click',
      [touch(ANN, CLICKED)],
      [
        standing(
          ANN,
          [{ status: 'paused' }, '2026-03-01T00:00:00.000Z'],
          [{ status: 'active' }, '2026-03-10T00:00:00.000Z'],
        ),
      ],
      'enrolment-paused',
    ],
    [
      'not when ended by the order',
      [touch(ANN, CLICKED)],
      [standing(ANN, [{ status: 'ended' }, '2026-03-10T00:00:00.000Z'])],
      'enrolment-ended',
    ],
    [
      'although ended since',
      [touch(ANN, CLICKED)],
      [standing(ANN, [{ status: 'ended' }, '2026-03-11T00:00:00.000Z'])],
      [ANN],
    ],
    [
      'of the others when one may not',
      [touch(ANN, '2026-03-08T10:00:00.000Z'), touch(BOB, CLICKED)],
      [standing(ANN)],
      [ANN],
    ],
  ] as const)('%s', (_, touches, standings, expected) => expect(who(touches, ...standings)).toEqual(expected));

  test.each([
    ['no click id', {}, 'no-click'],
    ['a forged one', { clickIdRefused: 'forged' }, 'click-id-forged'],
    ['one of a forgotten key', { clickIdRefused: 'unknown-key' }, 'click-id-unknown-key'],
  ] as const)('none for %s', (_, given, why) =>
    expect(countable({ occurredAt: ORDERED, ...given }, [], POLICY, new Map())).toEqual({
      journey: [],
      why,
      because: [],
    }),
  );
});
