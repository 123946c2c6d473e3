import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readAnswer } from '../../../lib/aws/http-answer.ts';

const CRLF = '\r\n';
const body = fc.string({ unit: 'grapheme', maxLength: 400 });
const status = fc.integer({ min: 200, max: 599 });
const head = (code: number, ...fields: string[]) =>
  [`HTTP/1.1 ${code} Said`, 'Date: Sun, 29 Mar 2026 10:00:00 GMT', ...fields, '', ''].join(CRLF);

/** The text in chunks of so many bytes, as a server may send it. */
function chunked(text: string, size: number, trailers: readonly string[]): Buffer {
  const bytes = Buffer.from(text);
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    const part = bytes.subarray(at, at + size);
    parts.push(Buffer.from(part.length.toString(16) + CRLF), part, Buffer.from(CRLF));
  }
  return Buffer.concat([...parts, Buffer.from(['0', ...trailers, '', ''].join(CRLF))]);
}

const whole = fc.oneof(
  fc.tuple(status, body).map(([code, text]) => ({
    code,
    text,
    bytes: Buffer.from(head(code, `Content-Length: ${Buffer.byteLength(text)}`) + text),
  })),
  fc.tuple(status, body, fc.integer({ min: 1, max: 90 }), fc.constantFrom([], ['x-checksum: 1'])).map((drawn) => {
    const [code, text, size, trailers] = drawn;
    const start = Buffer.from(head(code, 'transfer-encoding:chunked'));
    return { code, text, bytes: Buffer.concat([start, chunked(text, size, trailers)]) };
  }),
);

test('an answer is complete with its last byte, neither before nor by what follows it', () =>
  fc.assert(
    fc.property(whole, fc.boolean(), fc.string({ maxLength: 20 }), ({ code, text, bytes }, early, after) => {
      const sent = early ? Buffer.concat([Buffer.from('HTTP/1.1 100 Continue\r\n\r\n'), bytes]) : bytes;
      for (let end = 0; end < sent.length; end += 1) expect(readAnswer(sent.subarray(0, end), false)).toBeUndefined();
      const read = readAnswer(Buffer.concat([sent, Buffer.from(after)]), false);
      expect(read).toEqual({ status: code, text, bytes: sent.length, keepsAlive: true });
    }),
    { numRuns: 60 },
  ));

test('an answer that is cut off is none', () =>
  fc.assert(
    fc.property(whole, fc.nat(), ({ bytes }, cut) => {
      expect(() => readAnswer(bytes.subarray(0, cut % bytes.length), true)).toThrow();
    }),
  ));

describe('an answer', () => {
  test('without a length ends with the connection', () => {
    const sent = Buffer.from(`${head(502)}bad gateway`);
    expect(readAnswer(sent, false)).toBeUndefined();
    expect(readAnswer(sent, true)).toEqual({ status: 502, text: 'bad gateway', bytes: sent.length, keepsAlive: false });
  });

  test('may be the last of its connection', () => {
    const sent = Buffer.from(head(200, 'Connection: close', 'content-length: 0'));
    expect(readAnswer(sent, false)).toMatchObject({ text: '', keepsAlive: false });
  });

  test('is not asked for its length in the body', () => {
    const sent = Buffer.from(`${head(200, 'content-length: 30')}\r\ncontent-length: 0\r\n`);
    expect(readAnswer(sent, false)).toBeUndefined();
  });
});

test.each([
  ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n\r\n'],
  ['a status that is no number', 'HTTP/1.1 OK\r\n\r\n'],
  ['a chunk without a size', `${head(200, 'transfer-encoding: chunked')}\r\n{}\r\n`],
  ['a chunk that does not end where it should', `${head(200, 'transfer-encoding: chunked')}1\r\n{}\r\n0\r\n\r\n`],
  ['a head without an end', `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(70_000)}`],
])('%s is refused', (_, sent) => {
  expect(() => readAnswer(Buffer.from(sent), false)).toThrow();
});
