import { GetSendQuotaCommand, SESClient, SendEmailCommand, SendRawEmailCommand } from '@aws-sdk/client-ses';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Mail, startMail } from '../../../local/mail/mail.ts';
import { bareAddress } from '../../../local/mail/message.ts';
import { ACCOUNT, REGION, resource, type TinyGround, tinyGround } from '../tiny-ground.ts';

const raw = (to: string, more = '') =>
  Buffer.from(
    [
      'From: "Tributary, payouts" <payouts@mail.example.com>',
      `To: ${to}`,
      'Subject: =?UTF-8?Q?Your_statement_=E2=80=93_November?=',
      'X-Long: one',
      ' two',
      'MIME-Version: 1.0',
      'Content-Type: multipart/mixed; boundary="b"',
      more,
      '--b',
      'Content-Type: text/html; charset=utf-8',
      '',
      '<p>You earned <b>€42</b></p>',
      '--b',
      'Content-Type: text/csv; name="statement.csv"',
      'Content-Disposition: attachment; filename="statement.csv"',
      '',
      'a,b',
      '--b--',
      '',
    ].join('\r\n'),
  );

let ground: TinyGround;
let mail: Mail;
let ses: SESClient;
const send = (Data: Uint8Array, more = {}) => ses.send(new SendRawEmailCommand({ RawMessage: { Data }, ...more }));

beforeAll(async () => {
  ground = await tinyGround([resource('AWS::SES::EmailIdentity', 'identity', { EmailIdentity: 'example.com' })]);
  mail = await startMail(ground);
  ground.mount(mail.service);
  ses = new SESClient(ground.client);
});
afterAll(async () => {
  await mail.close();
  await ground.close();
});

describe('a mail', () => {
  test('is kept with its parts, to be read by recipient', async () => {
    const { MessageId } = await send(raw('Ana <Ana@Partner.example>, "Bo, Inc" <bo@partner.example>'));
    const [kept] = await mail.to('ana@partner.example');
    expect(kept).toMatchObject({
      id: MessageId,
      from: 'payouts@mail.example.com',
      subject: 'Your statement – November',
      html: expect.stringContaining('€42'),
      attachments: [{ filename: 'statement.csv', contentType: 'text/csv' }],
    });
    expect(kept?.headers).toContainEqual({ name: 'X-Long', value: 'one two' });
    expect(await mail.to('bo@partner.example')).toHaveLength(1);
    expect(await mail.to('nobody@partner.example')).toEqual([]);
  });

  test('survives a restart, byte for byte', async () => {
    const message = raw('kept@partner.example');
    await send(message);
    await mail.close();
    mail = await startMail(ground);
    ground.mount(mail.service);
    const [entry] = mail.list({ recipient: 'kept@partner.example' });
    expect(mail.raw(entry?.id ?? '')?.equals(message)).toBe(true);
  });

  test('goes to the recipients named beside it, not to those in its headers', async () => {
    await send(raw('header@partner.example'), { Destinations: ['envelope@partner.example'] });
    expect(mail.count('envelope@partner.example')).toBe(1);
    expect(mail.count('header@partner.example')).toBe(0);
  });

  test('may be sent as fields', async () => {
    await ses.send(
      new SendEmailCommand({
        Source: 'Ops <ops@example.com>',
        Destination: { ToAddresses: ['fields@partner.example'], BccAddresses: ['hidden@partner.example'] },
        Message: {
          Subject: { Data: 'Hi & welcome' },
          Body: { Text: { Data: 'plain' }, Html: { Data: '<i>rich</i>' } },
        },
      }),
    );
    const [kept] = await mail.to('fields@partner.example');
    expect(kept).toMatchObject({ subject: 'Hi & welcome', text: 'plain', html: '<i>rich</i>' });
    expect(kept?.headers.map(({ name }) => name.toLowerCase())).not.toContain('bcc');
    expect(mail.count('hidden@partner.example')).toBe(1);
  });

  test('is listed newest first, a page at a time', async () => {
    for (const n of [1, 2, 3]) await send(raw(`page${n}@partner.example`));
    expect(mail.list({ limit: 2 }).map(({ recipients }) => recipients[0])).toEqual([
      'page3@partner.example',
      'page2@partner.example',
    ]);
    expect(mail.list({ limit: 1, offset: 2 })[0]?.recipients).toEqual(['page1@partner.example']);
  });
});

describe('refused', () => {
  test('another operation, by name and at once', async () => {
    await expect(ses.send(new GetSendQuotaCommand({}))).rejects.toThrow(/SendRawEmail and SendEmail.*GetSendQuota/);
  });

  test.each([
    ['no recipient', () => send(raw('nobody')), 'InvalidParameterValue'],
    [
      'fifty-one recipients',
      () => send(raw('x@y.example'), { Destinations: Array.from({ length: 51 }, (_, n) => `p${n}@y.example`) }),
      'MessageRejected',
    ],
  ])('%s', async (_, attempt, name) => {
    await expect(attempt()).rejects.toThrow(expect.objectContaining({ name }));
  });

  test('a role without permission on the identity of the sender', async () => {
    ground.refused.add(`mailer ses:SendRawEmail arn:aws:ses:${REGION}:${ACCOUNT}:identity/example.com`);
    const mailer = new SESClient(ground.as('mailer'));
    await expect(mailer.send(new SendRawEmailCommand({ RawMessage: { Data: raw('x@y.example') } }))).rejects.toThrow(
      'ses:SendRawEmail',
    );
  });
});

describe('made to fail', () => {
  test('two sends are throttled, the third is taken', async () => {
    mail.failNext(2, 'throttle');
    for (const _ of [1, 2])
      await expect(send(raw('fast@partner.example'))).rejects.toThrow(expect.objectContaining({ name: 'Throttling' }));
    await send(raw('fast@partner.example'));
    expect(mail.count('fast@partner.example')).toBe(1);
  });

  test('a lost answer still is a sent mail', async () => {
    mail.failNext(1, 'lose-answer');
    await expect(send(raw('lost@partner.example'))).rejects.toThrow();
    expect(mail.count('lost@partner.example')).toBe(1);
  });
});

test.each([
  ['ana@x.example', 'ana@x.example'],
  ['Ana <ana@x.example>', 'ana@x.example'],
  ['"A, <b>" <ana@x.example>', 'ana@x.example'],
  ['ana', undefined],
  ['<ana>', undefined],
])('the address in %s', (text, expected) => expect(bareAddress(text)).toBe(expected));
