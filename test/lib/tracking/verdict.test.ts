import { describe, expect, test } from 'vitest';
import { countsAs, creditsAs, type Evidence, judgeClick, MODES, VERDICTS } from '../../../lib/tracking/verdict.ts';

const CLEAN: Evidence = {
  linkPaused: false,
  programPaused: false,
  ended: false,
  capped: false,
  inDataCentre: false,
  notAPage: false,
  country: 'DE',
  countries: [],
  repeated: false,
};

describe('a click is', () => {
  test.each([
    ['human when nothing speaks against it', {}, 'human', []],
    ['paused with its link', { linkPaused: true }, 'paused', ['link-paused']],
    ['paused with its program', { programPaused: true }, 'paused', ['program-paused']],
    ['expired after the link’s end', { ended: true }, 'expired', ['link-ended']],
    ['a bot’s from a data centre', { inDataCentre: true }, 'bot', ['data-centre']],
    ['a bot’s when nobody asked for a page', { notAPage: true }, 'bot', ['not-a-page']],
    ['out of geo in another country', { countries: ['AT', 'CH'] }, 'out-of-geo', ['country']],
    ['human in a country that is meant', { countries: ['AT', 'DE'] }, 'human', []],
    ['human in a country nobody knows', { country: undefined, countries: ['AT'] }, 'human', []],
    ['over cap', { capped: true }, 'over-cap', ['cap']],
    ['a duplicate within the hour', { repeated: true }, 'duplicate', ['within-the-hour']],
    [
      'the gravest of several things, with every reason',
      { repeated: true, inDataCentre: true, linkPaused: true, ended: true },
      'paused',
      ['link-paused', 'link-ended', 'data-centre', 'within-the-hour'],
    ],
  ] as const)('%s', (_, over, verdict, reasons) => {
    expect(judgeClick({ ...CLEAN, ...over })).toEqual({ verdict, reasons });
  });
});

/** What each mode does with each verdict: counts, credits. */
const TABLE = {
  human: ['yes yes', 'yes yes', 'yes yes'],
  bot: ['yes yes', 'no yes', 'no no'],
  duplicate: ['yes yes', 'no yes', 'no no'],
  'out-of-geo': ['yes yes', 'no yes', 'no no'],
  'over-cap': ['yes yes', 'no yes', 'no no'],
  paused: ['no no', 'no no', 'no no'],
  expired: ['no no', 'no no', 'no no'],
} as const;

test.each(VERDICTS)('%s counts and credits as the table says', (verdict) => {
  const said = MODES.map((mode) =>
    [countsAs(verdict, mode), creditsAs(verdict, mode)].map((is) => (is ? 'yes' : 'no')).join(' '),
  );
  expect(said).toEqual(TABLE[verdict]);
});

test('whatever counts in a mode is credited in it, and a stricter mode never credits more', () => {
  for (const verdict of VERDICTS) {
    for (const mode of MODES) if (countsAs(verdict, mode)) expect(creditsAs(verdict, mode)).toBe(true);
    const credited = MODES.map((mode) => Number(creditsAs(verdict, mode)));
    expect(credited).toEqual([...credited].sort((a, b) => b - a));
  }
});
