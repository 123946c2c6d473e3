import { epochMs } from '../time.ts';
import type { Click } from './click.ts';
import { countsAs, creditsAs, type Mode, type Verdict } from './verdict.ts';

/**
 * Clicks as lines of text, kept beside the table for comparisons: visitor, time in milliseconds to the base of 36, nonce, partner, and `-`
 * where the click is no sign of a shopper. Nothing in a line names a person: the visitor is the program's own hash.
 */
export function clickLines(clicks: readonly Click[]): string {
  return clicks
    .map((click) => {
      const mark = isShoppers(click) ? '' : ' -';
      return `${click.visitor} ${epochMs(click.at).toString(36)} ${click.nonce} ${click.partnerId}${mark}\n`;
    })
    .join('');
}

/**
 * Whether a click that led to no order was a shopper's all the same: what reports leave out was not. An order proves its clicks, so what
 * settlement credits is another question. A repetition is a shopper's, and left out where it can never be credited.
 */
function isShoppers(click: Click): boolean {
  const verdict: Verdict = click.verdict ?? 'human';
  const mode: Mode = click.mode ?? 'moderate';
  return verdict === 'duplicate' ? creditsAs(verdict, mode) : countsAs(verdict, mode);
}

/** What a line tells of a click. */
export interface KeptClick {
  readonly visitor: string;
  readonly atMs: number;
  readonly nonce: number;
  readonly partnerId: string;
  readonly shopper: boolean;
}

/** @throws Error on a line that `clickLines` did not write. */
export function* readClickLines(text: string): Generator<KeptClick> {
  for (let from = 0; from < text.length; ) {
    const found = text.indexOf('\n', from);
    const end = found < 0 ? text.length : found;
    const [visitor, at, nonce, partnerId, mark] = text.slice(from, end).split(' ');
    const atMs = Number.parseInt(at ?? '', 36);
    const number = Number.parseInt(nonce ?? '', 16);
    if (!visitor || !partnerId || !Number.isSafeInteger(atMs) || !Number.isSafeInteger(number))
      throw new Error(`not a line of a click: ${text.slice(from, end)}`);
    yield { visitor, atMs, nonce: number, partnerId, shopper: mark !== '-' };
    from = end + 1;
  }
}
