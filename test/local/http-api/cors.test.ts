import { describe, expect, test } from 'vitest';
import { answerHeaders, type Cors, isPreflight, preflightHeaders } from '../../../local/http-api/cors.ts';
import type { Received } from '../../../local/http-api/event.ts';

const request = (headers: Record<string, string>, method = 'OPTIONS') => ({ method, headers }) as Received;
const from = (origin: string) => request({ origin, 'access-control-request-method': 'POST' });
const cors: Cors = {
  AllowOrigins: ['https://shop.example', 'http://*'],
  AllowMethods: ['POST'],
  AllowHeaders: ['x-a', 'x-b'],
  ExposeHeaders: ['location'],
  MaxAge: 60,
  AllowCredentials: true,
};

test.each<[string, Received, boolean]>([
  ['asks beforehand', from('https://shop.example'), true],
  ['an OPTIONS of its own', request({}), false],
  [
    'a real request',
    request({ origin: 'https://shop.example', 'access-control-request-method': 'POST' }, 'POST'),
    false,
  ],
])('preflight: %s', (_, given, expected) => expect(isPreflight(given)).toBe(expected));

describe('headers', () => {
  test('of a preflight', () => {
    expect(preflightHeaders(cors, from('https://shop.example'))).toEqual({
      'access-control-allow-origin': 'https://shop.example',
      vary: 'Origin',
      'access-control-allow-credentials': 'true',
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': 'x-a,x-b',
      'access-control-max-age': '60',
    });
  });
  test('of an answer', () => {
    expect(answerHeaders(cors, from('http://anything'))).toMatchObject({
      'access-control-allow-origin': 'http://anything',
      'access-control-expose-headers': 'location',
    });
  });
  test.each([
    ['another origin', 'https://evil.example'],
    ['a longer one', 'https://shop.example.evil'],
  ])('none for %s', (_, origin) => {
    expect([preflightHeaders(cors, from(origin)), answerHeaders(cors, from(origin))]).toEqual([{}, {}]);
  });
  test('a star for all', () => {
    expect(answerHeaders({ AllowOrigins: ['*'] }, from('https://x'))).toEqual({ 'access-control-allow-origin': '*' });
  });
});
