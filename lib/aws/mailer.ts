import { type SESClient, SendRawEmailCommand } from '@aws-sdk/client-ses';
import MailComposer from 'nodemailer/lib/mail-composer';

export interface Address {
  readonly name?: string;
  readonly email: string;
}

export interface Mail {
  readonly from: Address;
  readonly to: Address;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** Names the mail in its headers, so that two copies of one can be told from two mails. */
  readonly messageId: string;
  readonly attachments?: readonly {
    readonly filename: string;
    readonly contentType: string;
    readonly content: string | Uint8Array;
  }[];
}

/** What SES said. `refused`: this mail will never be taken. `busy`: it was surely not taken, try later. Anything else is thrown. */
export type Handed =
  | { readonly outcome: 'sent'; readonly sesMessageId: string }
  | { readonly outcome: 'refused' | 'busy'; readonly reason: string };

/** About this one mail, or about an address or account in a way that no retry mends. */
const REFUSALS = new Set([
  'MessageRejected',
  'InvalidParameterValue',
  'InvalidParameterValueException',
  'ValidationError',
]);
/** Answered before the mail was accepted; the rate of the account, or a pause that a person ends. */
const BUSY = new Set([
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
  'LimitExceededException',
  'ServiceUnavailable',
  'AccountSendingPausedException',
  'ConfigurationSetSendingPausedException',
  'MailFromDomainNotVerifiedException',
]);

/**
 * Sends single mails as MIME with a text and an HTML part.
 *
 * The client must not retry on its own (`maxAttempts: 1`): SES knows no idempotency key, so a retry after a lost answer is a second mail.
 * That decision is the caller's, who has the mail log.
 */
export const mailer = (client: SESClient) => ({
  async send(mail: Mail): Promise<Handed> {
    if (!isOneAddress(mail.to.email)) return { outcome: 'refused', reason: 'the address is not one e-mail address' };
    const command = new SendRawEmailCommand({ RawMessage: { Data: await mime(mail) } });
    try {
      const { MessageId = '' } = await client.send(command);
      return { outcome: 'sent', sesMessageId: MessageId };
    } catch (error) {
      const { name, message } = error as Error;
      if (REFUSALS.has(name)) return { outcome: 'refused', reason: `${name}: ${message}` };
      if (BUSY.has(name)) return { outcome: 'busy', reason: `${name}: ${message}` };
      throw error;
    }
  },
});

/** The mail as it travels. Names and subject lose line breaks and control characters, so nothing a partner typed becomes a header. */
export function mime(mail: Mail): Promise<Buffer> {
  const composer = new MailComposer({
    from: addressOf(mail.from),
    to: addressOf(mail.to),
    subject: oneLine(mail.subject),
    text: mail.text,
    html: mail.html,
    headers: { 'X-Tributary-Message': oneLine(mail.messageId), 'Auto-Submitted': 'auto-generated' },
    attachments:
      mail.attachments?.map(({ filename, contentType, content }) => ({
        filename,
        contentType,
        content: Buffer.from(content),
      })) ?? [],
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return composer.compile().build();
}

const addressOf = ({ name, email }: Address) => ({ name: oneLine(name ?? ''), address: email });

const oneLine = (text: string) => text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();

/** A comma, a bracket or a line break in an address would be a second recipient or a header. */
const isOneAddress = (email: string) => /^[^\s<>,;:"()[\]\\]+@[^\s<>,;:"()[\]\\]+$/u.test(email);
