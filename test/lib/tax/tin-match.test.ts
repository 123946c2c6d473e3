import { expect, test } from 'vitest';
import { matchName, readTinAnswers, tinMatchFile } from '../../../lib/tax/tin-match.ts';

const [ann, bob, cy] = ['ptr_01kp3q8z4m7yc2hd', 'ptr_01kp3q8z4m7yc2he', 'ptr_01kp3q8z4m7yc2hf'] as const;

test('a file has a line for each payee, in order', () => {
  const text = tinMatchFile([
    { type: 'ein', tin: '123456789', name: 'Fjord & Trail, Inc.', partnerId: ann },
    { type: 'ssn', tin: '123456789', name: 'José O’Neil-Smith', partnerId: bob },
    { type: 'itin', tin: '912701234', name: 'Cy; Young', partnerId: cy },
  ]);
  expect(text).toBe(
    `1;123456789;FJORD & TRAIL INC;${ann}\r\n2;123456789;JOSE ONEIL-SMITH;${bob}\r\n3;912701234;CY YOUNG;${cy}\r\n`,
  );
});

test('a name is cut at forty characters', () => expect(matchName(`${'x'.repeat(39)} yz`)).toBe('X'.repeat(39)));

test('a letter that is no letter with an accent is written as on the return', () =>
  expect(matchName('Łukasz Großmann-Øster')).toBe('LUKASZ GROSSMANN-OSTER'));

test('answers are read, with or without a last line break', () => {
  const text = `1;123456789;Fjord;${ann};0\r\n2;***-**-6789;Bob;${bob};3`;
  expect(readTinAnswers(text)).toEqual({
    answers: [
      { line: 1, partnerId: ann, tinLast4: '6789', code: 0 },
      { line: 2, partnerId: bob, tinLast4: '6789', code: 3 },
    ],
    problems: [],
  });
});

test.each([
  ['a code that there is not', `1;123456789;Fjord;${ann};9`],
  ['no code', `1;123456789;Fjord;${ann}`],
  ['an account that is no partner', '1;123456789;Fjord;A-17;0'],
  ['an empty line between', `\n1;123456789;Fjord;${ann};0`],
])('%s is told with its line', (_, text) => expect(readTinAnswers(text).problems[0]).toMatch(/^line 1: must be/));
