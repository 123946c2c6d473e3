import { simpleParser } from 'mailparser';
import { describe, expect, test } from 'vitest';
import { type Mail, mime } from '../../../lib/aws/mailer.ts';

const mail: Mail = {
  from: { name: 'Trail Notes', email: 'partners@example.com' },
  to: { name: 'Ann', email: 'ann@example.org' },
  subject: 'Welcome',
  text: 'Hello Ann',
  html: '<p>Hello Ann</p>',
  messageId: 'msg_0000000000000001',
};
const headersOf = async (over: Partial<Mail>) => {
  const raw = (await mime({ ...mail, ...over })).toString('utf8');
  const [head = ''] = raw.split('\r\n\r\n');
  return {
    raw,
    names: head.split(/\r\n(?![ \t])/).map((line) => line.split(':')[0]!.toLowerCase()),
    parsed: await simpleParser(raw),
  };
};

describe('what a partner or a brand typed never becomes a header or a recipient', () => {
  const usual = [
    'x-tributary-message',
    'auto-submitted',
    'from',
    'to',
    'subject',
    'message-id',
    'date',
    'mime-version',
    'content-type',
  ];
  test.each<[string, Partial<Mail>]>([
    ['line breaks in the subject', { subject: 'Hi\r\nBcc: eve@example.net\r\n\r\nbody' }],
    ['a line separator in the subject', { subject: 'Hi\u2028Bcc: eve@example.net' }],
    [
      'line breaks in the brand’s name',
      { from: { name: 'Brand\r\nBcc: eve@example.net', email: 'partners@example.com' } },
    ],
    ['an address in the partner’s name', { to: { name: 'Ann <eve@example.net>, "x', email: 'ann@example.org' } }],
    ['a comma in the partner’s name', { to: { name: 'Ann, eve@example.net', email: 'ann@example.org' } }],
    ['line breaks in an id', { messageId: 'msg\r\nBcc: eve@example.net' }],
  ])('%s', async (_, over) => {
    const { names, parsed } = await headersOf(over);
    expect([...names].sort()).toEqual([...usual].sort());
    expect([parsed.to].flat().flatMap((to) => to?.value.map(({ address }) => address))).toEqual(['ann@example.org']);
    expect(parsed.from?.value).toMatchObject([{ address: 'partners@example.com' }]);
    expect(parsed.bcc).toBeUndefined();
  });
});

test('names and words of any language arrive as they were written', async () => {
  const { parsed } = await headersOf({
    subject: 'Grüße – 山',
    to: { name: 'Zoë Ōtani', email: 'ann@example.org' },
    text: 'Ça va 🙂',
    html: '<p>Ça va 🙂</p>',
  });
  expect(parsed.subject).toBe('Grüße – 山');
  expect([parsed.to].flat()[0]?.value[0]?.name).toBe('Zoë Ōtani');
  expect(parsed.text?.trim()).toBe('Ça va 🙂');
});

test('no line is longer than mail servers take', async () => {
  const { raw } = await headersOf({ html: `<p>${'long '.repeat(2_000)}</p>`, text: 'x'.repeat(5_000) });
  expect(Math.max(...raw.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(998);
});
