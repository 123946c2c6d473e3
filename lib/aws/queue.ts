import {
  type MessageAttributeValue,
  SendMessageBatchCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';

/** Limits of one SendMessageBatch request. */
const MAX_ENTRIES = 10;
const MAX_BYTES = 256 * 1024;

/** Text attributes of a message, beside its body. */
export type Attributes = Readonly<Record<string, string>>;

/** A standard SQS queue: at least once, in no order. */
export const queue = (client: SQSClient, url: string) => ({
  send(body: unknown, attributes?: Attributes): Promise<void> {
    return this.sendText(JSON.stringify(body), attributes);
  },

  /** Sends a body as it is. */
  async sendText(text: string, attributes: Attributes = {}): Promise<void> {
    await client.send(
      new SendMessageCommand({ QueueUrl: url, MessageBody: text, MessageAttributes: textual(attributes) }),
    );
  },

  /** Sends a message that nobody sees before so many seconds have passed, at most 900. */
  async sendLater(body: unknown, delaySeconds: number): Promise<void> {
    await client.send(
      new SendMessageCommand({ QueueUrl: url, MessageBody: JSON.stringify(body), DelaySeconds: delaySeconds }),
    );
  },

  /** Sends all or throws; a caller that tries again sends some of them twice, which every consumer bears. */
  async sendAll(bodies: readonly unknown[]): Promise<void> {
    for (const group of groups(bodies.map((body) => JSON.stringify(body)))) {
      const { Failed = [] } = await client.send(
        new SendMessageBatchCommand({
          QueueUrl: url,
          Entries: group.map((body, place) => ({ Id: String(place), MessageBody: body })),
        }),
      );
      const [first] = Failed;
      if (first)
        throw new Error(
          `${Failed.length} of ${group.length} messages were not taken: ${first.Code} ${first.Message ?? ''}`,
        );
    }
  },
});
export type Queue = ReturnType<typeof queue>;

const textual = (attributes: Attributes): Record<string, MessageAttributeValue> =>
  Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [name, { DataType: 'String', StringValue: value }]),
  );

function groups(bodies: readonly string[]): string[][] {
  const all: string[][] = [];
  let bytes = 0;
  for (const body of bodies) {
    const size = Buffer.byteLength(body);
    const open = all.at(-1);
    if (open && open.length < MAX_ENTRIES && bytes + size <= MAX_BYTES) {
      open.push(body);
      bytes += size;
    } else {
      all.push([body]);
      bytes = size;
    }
  }
  return all;
}
