import { randomUUID } from 'node:crypto';
import { wallClockMs } from '../../lib/clock.ts';
import type { AwsAnswer, AwsCall, AwsService, Ground, Need, Running } from '../contract.ts';
import { type Mailbox, type MailEntry, type OpenedMail, openMailbox } from './mailbox.ts';
import { bareAddress, composedMessage, type Message, rawMessage } from './message.ts';

/**
 * What becomes of a send that is made to fail: `throttle` is refused as too fast and may be repeated; `reject` will never be taken;
 * `lose-answer` is taken, but the sender does not hear of it.
 */
export type MailFailure = 'throttle' | 'reject' | 'lose-answer';

export interface Mail extends Running {
  readonly service: AwsService;
  /** Newest first; to one recipient when given. */
  list: Mailbox['list'];
  count: Mailbox['count'];
  open(id: string): Promise<OpenedMail | undefined>;
  /** The message as it travelled. */
  raw: Mailbox['raw'];
  /** Mails to one recipient, oldest first, opened; for tests that read what a partner was told. */
  to(recipient: string): Promise<readonly OpenedMail[]>;
  /** Makes the next sends fail. */
  failNext(count: number, failure: MailFailure): void;
}

const MAX_RECIPIENTS = 50;
const MAX_BYTES = 10 * 1024 * 1024;
const FAILURES: Record<Exclude<MailFailure, 'lose-answer'>, readonly [code: string, message: string]> = {
  throttle: ['Throttling', 'Maximum sending rate exceeded.'],
  reject: ['MessageRejected', 'The message was rejected, as was asked for.'],
};

/**
 * SES, the part that sends: `SendRawEmail` and `SendEmail` of the v1 API end in a mailbox on disk. Every other operation is refused by name,
 * since a request without an answer would hang its caller.
 */
export async function startMail(ground: Ground): Promise<Mail> {
  const mailbox = openMailbox(ground.dataDir('mail'));
  const failures: MailFailure[] = [];

  const take = async (message: Message): Promise<MailEntry> => {
    const from = bareAddress(message.from);
    if (!from) throw new Refusal('InvalidParameterValue', `The sender '${message.from}' is not an address.`);
    if (message.recipients.length === 0) throw new Refusal('InvalidParameterValue', 'There is no recipient.');
    if (message.recipients.length > MAX_RECIPIENTS)
      throw new Refusal('MessageRejected', `Recipient count exceeds ${MAX_RECIPIENTS}.`);
    if (message.raw.length > MAX_BYTES)
      throw new Refusal('MessageRejected', `Message length is more than ${MAX_BYTES} bytes.`);
    const failure = failures.shift();
    if (failure === 'throttle' || failure === 'reject') throw new Refusal(...FAILURES[failure]);
    const entry = await mailbox.add(
      { id: randomUUID(), atMs: wallClockMs(), from, recipients: message.recipients },
      message.raw,
    );
    if (failure === 'lose-answer')
      throw Object.assign(new Error('the answer is lost, as was asked for'), { code: 'ECONNRESET' });
    return entry;
  };

  const service: AwsService = {
    signingName: 'ses',
    needs: (call) => mailNeeds(call, ground),
    denied: (_call, message) => fault('AccessDenied', message, 403),
    async answer(call) {
      const form = new URLSearchParams(call.body.toString('utf8'));
      const action = form.get('Action') ?? '';
      try {
        if (action === 'SendRawEmail') return sent(action, await take(rawMessage(form)));
        if (action === 'SendEmail') return sent(action, await take(await composedMessage(form)));
        throw new Refusal(
          'InvalidAction',
          `The laptop's mailbox takes SendRawEmail and SendEmail of SES v1, not ${action || call.path}.`,
        );
      } catch (error) {
        if (error instanceof Refusal) return fault(error.name, error.message, 400);
        throw error;
      }
    },
  };

  return {
    service,
    list: mailbox.list,
    count: mailbox.count,
    open: mailbox.open,
    raw: mailbox.raw,
    async to(recipient) {
      const opened = await Promise.all(mailbox.list({ recipient }).map(({ id }) => mailbox.open(id)));
      return opened.filter((mail) => mail !== undefined).reverse();
    },
    failNext: (count, failure) => failures.push(...Array.from({ length: count }, () => failure)),
    close: async () => mailbox.close(),
  };
}

class Refusal extends Error {
  constructor(code: string, message: string) {
    super(message);
    this.name = code;
  }
}

/** SES asks for the identity of the sender: the address or a domain above it, whichever was set up; else the domain. */
function mailNeeds(call: AwsCall, { assembly, region, account }: Ground): readonly Need[] {
  const form = new URLSearchParams(call.body.toString('utf8'));
  const action = form.get('Action') ?? '';
  const arn = (identity: string) => `arn:aws:ses:${region}:${account}:identity/${identity}`;
  const source = action === 'SendRawEmail' ? rawMessage(form).from : (form.get('Source') ?? '');
  const address = bareAddress(source);
  if (!address) return [{ action: `ses:${action || 'Unknown'}`, resource: '*' }];
  const domain = address.slice(address.indexOf('@') + 1);
  const identities = assembly
    .ofType('AWS::SES::EmailIdentity')
    .map(({ properties }) => String(properties.EmailIdentity));
  const own = identities.find(
    (identity) => identity === address || domain === identity || domain.endsWith(`.${identity}`),
  );
  const context = { 'ses:FromAddress': [address] };
  return [{ action: `ses:${action}`, resource: arn(own ?? domain), context }];
}

const NAMESPACE = 'http://ses.amazonaws.com/doc/2010-12-01/';

function sent(action: string, { id }: MailEntry): AwsAnswer {
  const result = `<${action}Result><MessageId>${id}</MessageId></${action}Result>`;
  return xml(200, `<${action}Response xmlns="${NAMESPACE}">${result}${requestId()}</${action}Response>`);
}

function fault(code: string, message: string, status: number): AwsAnswer {
  const text = message.replace(/[<>&]/g, (sign) => `&#${sign.charCodeAt(0)};`);
  const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>${text}</Message></Error>`;
  return xml(
    status,
    `<ErrorResponse xmlns="${NAMESPACE}">${error}<RequestId>${randomUUID()}</RequestId></ErrorResponse>`,
  );
}

function requestId(): string {
  return `<ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata>`;
}

function xml(status: number, body: string): AwsAnswer {
  return { status, headers: { 'content-type': 'text/xml' }, body };
}
