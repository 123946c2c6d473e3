import { expect, test } from 'vitest';
import { type ErrorKind, VisibleError } from '../../../lib/errors.ts';
import { problemAnswer } from '../../../lib/http/problem.ts';

const kinds: readonly (readonly [ErrorKind, number])[] = [
  ['invalid', 400],
  ['unauthenticated', 401],
  ['forbidden', 403],
  ['not-found', 404],
  ['conflict', 409],
  ['too-large', 413],
  ['refused', 422],
  ['throttled', 429],
];

test.each(kinds)('%s answers %d, in the head and in the document', (kind, status) => {
  const answer = problemAnswer(new VisibleError(kind, 'some-code', 'Words.'), 'r-1');
  expect(answer.statusCode).toBe(status);
  expect(JSON.parse(answer.body!)).toMatchObject({
    status,
    code: 'some-code',
    detail: 'Words.',
    instance: 'urn:tributary:request:r-1',
  });
  expect(JSON.parse(answer.body!)).not.toHaveProperty('fields');
});

test.each([
  ['content-type-not-json', 'invalid', 415],
  ['stale-revision', 'conflict', 412],
  ['busy', 'throttled', 503],
] as const)('%s has a status finer than its kind’s', (code, kind, status) => {
  expect(problemAnswer(new VisibleError(kind, code, 'Words.'), 'r-1').statusCode).toBe(status);
});
