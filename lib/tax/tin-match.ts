import { transliterate } from '../payouts/transliterate.ts';
import type { TinType } from './tin.ts';

/**
 * Files of the IRS's bulk TIN Matching: a line `type;TIN;name;account` for each payee going out, the same with a code coming back. The
 * account is the partner's id, which just fits.
 */
export interface TinQuestion {
  readonly tin: string;
  readonly type: TinType;
  /** Line 1 of the W-9. */
  readonly name: string;
  readonly partnerId: string;
}

/** Lines that one file may have. */
export const MOST_TIN_LINES = 100_000;
const NAME_CHARACTERS = 40;

/** What the IRS answers, by code. */
export const TIN_MATCH_CODES = {
  0: 'Name and number match.',
  1: 'The number is missing or not nine digits.',
  2: 'The number was not issued.',
  3: 'Name and number do not match.',
  4: 'The request was invalid.',
  5: 'The request was a duplicate.',
  6: 'The number matched as an SSN.',
  7: 'The number matched as an EIN.',
  8: 'The number matched as an SSN and as an EIN.',
} as const;
export type TinMatchCode = keyof typeof TIN_MATCH_CODES;

/** Numbers of individuals without an SSN are asked for as unknown. */
const TYPE_DIGIT: Readonly<Record<TinType, 1 | 2 | 3>> = { ein: 1, ssn: 2, itin: 3, atin: 3 };

/**
 * A name in the characters that TIN Matching takes, letters as on the return: `Łukasz` is `LUKASZ`. An apostrophe closes up, anything else is a
 * blank, and so is every letter of a name that has some without a form there: no return can be made of it either.
 */
export const matchName = (name: string): string =>
  (transliterate(name) ?? name)
    .replace(/['.]/g, '')
    .replace(/[^A-Za-z0-9&-]+/g, ' ')
    .trim()
    .slice(0, NAME_CHARACTERS)
    .trim();

/** The file's text, in the order of the questions. */
export const tinMatchFile = (questions: readonly TinQuestion[]): string =>
  questions
    .map(({ type, tin, name, partnerId }) => `${TYPE_DIGIT[type]};${tin};${matchName(name)};${partnerId}\r\n`)
    .join('');

export interface TinAnswer {
  readonly line: number;
  readonly partnerId: string;
  readonly tinLast4: string;
  readonly code: TinMatchCode;
}

/** Reads an answer file; every line that is none is told with its number, and then nothing of the file should be taken. */
export function readTinAnswers(text: string): { readonly answers: TinAnswer[]; readonly problems: string[] } {
  const answers: TinAnswer[] = [];
  const problems: string[] = [];
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  for (const [place, line] of lines.entries()) {
    const parts = line.split(';').map((part) => part.trim());
    const [, tin, , partnerId, code] = parts;
    if (parts.length !== 5 || !/^ptr_[0-9a-z]{16}$/.test(partnerId ?? '') || !/^[0-8]$/.test(code ?? '')) {
      problems.push(
        `line ${place + 1}: must be type;TIN;name;account;code with a partner’s id as account and a code from 0 to 8`,
      );
      continue;
    }
    answers.push({
      line: place + 1,
      partnerId: partnerId!,
      tinLast4: tin!.slice(-4),
      code: Number(code) as TinMatchCode,
    });
  }
  return { answers, problems };
}
