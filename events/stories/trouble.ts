import type { StoryEnrolment } from './partners.ts';
import type { Chance } from './random.ts';
import { BROWSERS } from './shopper.ts';

/** What an honest program also sees: bots, prefetches, floods, forged ids and shops that send nonsense. Times are epoch milliseconds. */
export type Trouble =
  | {
      readonly kind: 'machine-click';
      readonly atMs: number;
      readonly enrolment: string;
      readonly headers: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'flood-click'; readonly atMs: number; readonly enrolment: string; readonly userAgent: string }
  /** An order with a click id that nobody signed: stored, credited to nobody. */
  | {
      readonly kind: 'forged-order';
      readonly atMs: number;
      readonly program: string;
      readonly orderId: string;
      readonly clickId: string;
    };

const MACHINES: readonly Readonly<Record<string, string>>[] = [
  { 'user-agent': 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)' },
  { 'user-agent': 'Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)' },
  { 'user-agent': 'facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)' },
  { 'user-agent': 'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)' },
  { 'user-agent': 'python-requests/2.34.0' },
  { 'user-agent': BROWSERS[1], 'sec-purpose': 'prefetch;prerender' },
  { 'user-agent': BROWSERS[0], purpose: 'prefetch' },
];

export function trouble(from: {
  hostile: StoryEnrolment;
  enrolments: readonly StoryEnrolment[];
  flood: number;
  startMs: number;
  endMs: number;
  random: Chance;
}): Trouble[] {
  const { hostile, enrolments, flood, startMs, endMs, random } = from;
  const sometime = () => startMs + Math.floor(random.next() * (endMs - startMs));
  const floodStart = sometime();
  return [
    ...Array.from(
      { length: flood },
      (): Trouble => ({
        kind: 'machine-click',
        atMs: sometime(),
        enrolment: random.pick(enrolments).key,
        headers: random.pick(MACHINES),
      }),
    ),
    ...Array.from(
      { length: flood },
      (_, i): Trouble => ({
        kind: 'flood-click',
        atMs: floodStart + i * 1_500,
        enrolment: hostile.key,
        userAgent: BROWSERS[1],
      }),
    ),
    ...Array.from(
      { length: Math.ceil(flood / 30) },
      (_, i): Trouble => ({
        kind: 'forged-order',
        atMs: sometime(),
        program: hostile.program,
        orderId: `FORGED-${i + 1}`,
        clickId: Buffer.from(random.bytes(48)).toString('base64url'),
      }),
    ),
  ];
}
