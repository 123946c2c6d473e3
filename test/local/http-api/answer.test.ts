import { expect, test } from 'vitest';
import { answerFrom } from '../../../local/http-api/answer.ts';

const from = (payload: unknown) => {
  const { status, headers, body } = answerFrom({ ok: true, payload, durationMs: 1 });
  return [status, headers, body.toString()];
};
const INTERNAL = [500, { 'content-type': 'application/json' }, '{"message":"Internal Server Error"}'];

test.each<[string, unknown, unknown[]]>([
  [
    'status, headers in lower case, body',
    { statusCode: 201, headers: { 'X-Id': 7 }, body: 'made' },
    [201, { 'content-type': 'text/plain;charset=UTF-8', 'x-id': '7' }, 'made'],
  ],
  ['a status as text', { statusCode: '204' }, [204, {}, '']],
  [
    'a content type of its own',
    { statusCode: 200, headers: { 'Content-Type': 'text/html' }, body: '<p>' },
    [200, { 'content-type': 'text/html' }, '<p>'],
  ],
  [
    'binary',
    { statusCode: 200, body: 'aGVsbG8=', isBase64Encoded: true },
    [200, { 'content-type': 'text/plain;charset=UTF-8' }, 'hello'],
  ],
  [
    'cookies, each its own header',
    { statusCode: 200, cookies: ['a=1', 'b=2'] },
    [200, { 'set-cookie': ['a=1', 'b=2'] }, ''],
  ],
  ['an object without a status is the body', { id: 1 }, [200, { 'content-type': 'application/json' }, '{"id":1}']],
  ['text is the body', 'hello', [200, { 'content-type': 'application/json' }, 'hello']],
  ['a status that is none', { statusCode: 'ok' }, INTERNAL],
  ['a body that is no text', { statusCode: 200, body: { id: 1 } }, INTERNAL],
  ['more than 6 MB', { statusCode: 200, body: 'x'.repeat(6 * 1024 * 1024 + 1) }, INTERNAL],
])('%s', (_, payload, expected) => expect(from(payload)).toEqual(expected));
