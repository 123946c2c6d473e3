import { Agent, request } from 'node:http';

/** What came back over the wire, unread. */
export interface WireAnswer {
  readonly status: number;
  readonly text: string;
}

/** Sends one request to an engine. Engines check that a signature is there, not what it says. */
export type Wire = (target: string, body: string) => Promise<WireAnswer>;

/** The engine refused: an administrative call of the laptop itself that should have worked. */
export class EngineRefusal extends Error {
  readonly type: string;
  constructor(target: string, { status, text }: WireAnswer) {
    const { __type = '', message = text } = safely(text);
    super(`${target}: ${status} ${__type} ${message}`);
    this.name = 'EngineRefusal';
    this.type = __type.slice(__type.lastIndexOf('#') + 1);
  }
}

/** A connection kept open to an engine. `close` lets go of its sockets. */
export function openWire(endpoint: string, region: string): { readonly send: Wire; close(): void } {
  const agent = new Agent({ keepAlive: true, maxSockets: 128 });
  const url = new URL(endpoint);
  const signature =
    `AWS4-HMAC-SHA256 Credential=laptop/20260101/${region}/dynamodb/aws4_request, ` +
    'SignedHeaders=host;x-amz-date, Signature=0000000000000000000000000000000000000000000000000000000000000000';
  const send: Wire = (target, body) =>
    new Promise((resolve, reject) => {
      const sent = request(
        url,
        {
          agent,
          method: 'POST',
          headers: {
            'content-type': 'application/x-amz-json-1.0',
            'content-length': Buffer.byteLength(body),
            'x-amz-target': target,
            'x-amz-date': '20260101T000000Z',
            authorization: signature,
          },
        },
        (answer) => {
          const chunks: Buffer[] = [];
          answer.on('data', (chunk: Buffer) => chunks.push(chunk));
          answer.once('error', reject);
          answer.once('end', () =>
            resolve({ status: answer.statusCode ?? 500, text: Buffer.concat(chunks).toString('utf8') }),
          );
        },
      );
      sent.once('error', reject);
      sent.end(body);
    });
  return { send, close: () => agent.destroy() };
}

/** An administrative call; throws {@link EngineRefusal} unless it succeeds. `action` may name the streams API: `streams:GetRecords`. */
export async function askEngine<T>(send: Wire, action: string, input: unknown): Promise<T> {
  const target = action.startsWith('streams:')
    ? `DynamoDBStreams_20120810.${action.slice('streams:'.length)}`
    : `DynamoDB_20120810.${action}`;
  const answer = await send(target, JSON.stringify(input));
  if (answer.status !== 200) throw new EngineRefusal(target, answer);
  return JSON.parse(answer.text) as T;
}

function safely(text: string): { __type?: string; message?: string } {
  try {
    return JSON.parse(text) as { __type?: string; message?: string };
  } catch {
    return {};
  }
}
