import { expect, test } from 'vitest';
import { shortener } from '../../../local/page/naming.ts';

test.each([
  [
    'what all names begin with is left out',
    ['tributary-dev-mail', 'tributary-dev-mail-failures'],
    'tributary-dev-mail-failures',
    'mail-failures',
  ],
  ['whole words only', ['tributary-dev-pay', 'tributary-dev-payout'], 'tributary-dev-payout', 'payout'],
  ['a generated ending goes', ['app-core5D502823', 'app-jobs'], 'app-core5D502823', 'core'],
  ['a name of another kind stays', ['app-a', 'app-b'], 'other', 'other'],
  ['one name has nothing in common', ['app-a'], 'app-a', 'app-a'],
  ['a name that is nothing but an ending stays', ['x-a', 'x-b'], '5D502823', '5D502823'],
])('%s', (_, names, name, expected) => {
  expect(shortener(names)(name)).toBe(expected);
});
