import { expect, test } from 'vitest';
import { deepDestination } from '../../../lib/tracking/deep-link.ts';

test.each([
  'https://shop.example:444/',
  'https://.shop.example/',
  'https://a..shop.example/',
  'https://shop.example@evil.example/',
  'https://evil.example/?https://shop.example',
  '//shop.example/',
  'http://shop.example/',
  'https://shop.example\\@evil.example/',
])('leads nowhere: %s', (u) => expect(deepDestination(u, ['shop.example'])).toBeUndefined());

test.each([
  ['https://shop.example:443/a', 'https://shop.example/a'],
  ['https://www.shop.example/boots?size=42', 'https://www.shop.example/boots?size=42'],
])('%s leads to %s', (u, destination) => expect(deepDestination(u, ['shop.example'])).toBe(destination));
