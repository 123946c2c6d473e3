import type { Load } from './bill.ts';

const MOST = 1e12;

/** Amounts as given on the command line: `1000`, `1e6`. Nothing given is no traffic; anything else must be a count. */
export function readLoad(given: {
  readonly clicks?: string;
  readonly conversions?: string;
  readonly mails?: string;
}): Load {
  const count = (name: 'clicks' | 'conversions' | 'mails'): number => {
    const text = given[name] ?? '0';
    const value = Number(text);
    if (text.trim() !== '' && Number.isInteger(value) && value >= 0 && value <= MOST) return value;
    throw new Error(`--${name} must be a whole number a month from 0 to 1e12, not ${JSON.stringify(text)}`);
  };
  return { clicks: count('clicks'), conversions: count('conversions'), mails: count('mails') };
}
