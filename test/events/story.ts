import type { JobsGround } from '../support/jobs-ground.ts';
import { givenProgram } from '../support/program.ts';

/** What the jobs take for the wall clock when the samples are made, so that no file depends on the day it is made. */
export const MADE_AT_MS = Date.parse('2026-04-16T08:00:05.000Z');

/** The program that the samples tell of. Ids are derived from its name, so tests find the same ones. */
export const samplesProgram = (ground: JobsGround) =>
  givenProgram(ground, 'Fjord & Trail', {
    timeZone: 'Europe/Berlin',
    policy: { model: 'position-based', lookbackDays: 30, weightsBps: { first: 4000, middle: 2000, last: 4000 } },
    rules: [
      { id: 'shoes', label: 'Shoes', when: { categories: ['shoes'] }, pay: { kind: 'percent', rateBps: 800 } },
      { id: 'base', label: 'Everything else', when: {}, pay: { kind: 'percent', rateBps: 500 } },
    ],
    payoutTerms: { holdDays: 14, minimumCents: 1_000, payoutCurrencies: ['EUR'] },
  });

/** An API key of the brand, as it stands in the samples; of no value anywhere. */
export const sampleSecret = (brandId: string) =>
  `trb_${brandId.slice(4)}_${'c2FtcGxlLXNhbXBsZS1zYW1wbGUtc2FtcGxlLXNhbXA'.slice(0, 43)}`;
/** An API key of a tracker, of no more value. */
export const postbackSecret = (brandId: string) =>
  `trb_${brandId.slice(4)}_${'dHJhY2tlci10cmFja2VyLXRyYWNrZXItdHJhY2tlci0'.slice(0, 43)}`;
/** A link of the program's first partner. */
export const sampleLink = (brandId: string) => `${brandId.slice(4)}00000001`;
