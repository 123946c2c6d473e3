import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { allowsJoins, browserCookie, browserToken, visitorOf } from '../../../lib/tracking/visitor.ts';

const TOKEN = 'AAECAwQFBgc';

describe('the token of a browser', () => {
  test.each([
    ['among others', ['a=1', `trb_v=${TOKEN}`, 'b=2'], TOKEN],
    ['no cookies', undefined, undefined],
    ['none of ours', ['x_trb_v=AAECAwQFBgc', 'trb_vv=AAECAwQFBgc'], undefined],
    ['too short', ['trb_v=AAECAwQFBg'], undefined],
    ['too long', ['trb_v=AAECAwQFBgcA'], undefined],
    ['foreign characters', ['trb_v=AAECAwQFBg!'], undefined],
    ['a second spelling of the same bytes', ['trb_v=AAECAwQFBgd'], undefined],
    ['a key separator', ['trb_v=AAECAwQF#gc'], undefined],
  ])('%s', (_, cookies, expected) => {
    expect(browserToken(cookies)).toBe(expected);
  });

  test('law: every token we hand out is taken back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 8, maxLength: 8 }), (bytes) => {
        const token = Buffer.from(bytes).toString('base64url');
        const [pair] = browserCookie(token, 90).split(';');
        expect(browserToken([pair!])).toBe(token);
      }),
    );
  });
});

describe('the visitor that a browser is to a program', () => {
  test('is the same every time', () => expect(visitorOf(TOKEN, 'prg_1')).toBe(visitorOf(TOKEN, 'prg_1')));
  test('differs from program to program', () => expect(visitorOf(TOKEN, 'prg_1')).not.toBe(visitorOf(TOKEN, 'prg_2')));
  test('is 8 bytes and not the token', () => {
    expect(Buffer.from(visitorOf(TOKEN, 'prg_1'), 'base64url')).toHaveLength(8);
    expect(visitorOf(TOKEN, 'prg_1')).not.toBe(TOKEN);
  });
});

describe('whether a visitor may be joined with others', () => {
  test('law: stands in the visitor, whatever the token', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 8, maxLength: 8 }), (bytes) => {
        const token = Buffer.from(bytes).toString('base64url');
        expect(allowsJoins(visitorOf(token, 'prg_1'))).toBe(true);
        expect(allowsJoins(visitorOf(token, 'prg_1', 'alone'))).toBe(false);
      }),
    );
  });
});

test('the cookie stays on the host and out of scripts, frames and images', () => {
  expect(browserCookie(TOKEN, 90)).toBe(`trb_v=${TOKEN}; Max-Age=7776000; Path=/c; Secure; HttpOnly; SameSite=Lax`);
});
