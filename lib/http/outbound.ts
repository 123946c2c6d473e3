import { lookup } from 'node:dns/promises';
import { request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { isIPv6 } from 'node:net';
import { isPublicAddress } from '../webhooks/address.ts';
import { literalOf, whyNotTarget } from '../webhooks/target.ts';

/** A request to somebody else's server. */
export interface Outgoing {
  readonly method: 'GET' | 'POST' | 'PATCH';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What came of it: an answer with the beginning of its body, or in words why there is none. */
export type Handover =
  | { readonly status: number; readonly text: string; readonly reason?: string }
  | { readonly status?: undefined; readonly reason: string };

export interface OutboundOptions {
  /** All addresses of a host. The system's resolver when not given. */
  readonly resolve?: (host: string) => Promise<readonly string[]>;
  /** Origins let through whatever they are; see `outboundExceptions`. */
  readonly exceptions?: readonly string[];
  /** For everything together: look-ups, redirects, the answer. */
  readonly timeoutMs?: number;
  /** How often a redirect is followed; 0 for requests that carry what only their own server may read. */
  readonly mostRedirects?: number;
  /** What is read of an answer's body; the rest is not waited for. */
  readonly mostBytes?: number;
}

const TIMEOUT_MS = 15_000;
const MOST_REDIRECTS = 3;
const MOST_BYTES = 4_096;

const systemResolve = async (host: string) => (await lookup(host, { all: true })).map(({ address }) => address);

/**
 * Sends requests to addresses that strangers chose, without letting them reach anything but the public Internet.
 *
 * A host is looked up once; one address of it that is not public refuses the whole host, and the connection is made to the very address
 * that was judged, so a name that answers differently the second time gains nothing. Every redirect is judged the same way. Headers that
 * begin with `webhook-` (the signature) never leave the origin they were made for.
 *
 * Never throws: what went wrong is the answer.
 */
export function outbound({
  resolve = systemResolve,
  exceptions = [],
  timeoutMs = TIMEOUT_MS,
  mostRedirects = MOST_REDIRECTS,
  mostBytes = MOST_BYTES,
}: OutboundOptions = {}) {
  return async function send(outgoing: Outgoing): Promise<Handover> {
    const signal = AbortSignal.timeout(timeoutMs);
    let { url: text, headers } = outgoing;
    try {
      for (let redirects = 0; ; redirects += 1) {
        const url = new URL(text);
        const judged = await addressOf(url, { resolve, exceptions, signal });
        if ('reason' in judged) return judged;
        const answer = await exchange(url, judged.address, { ...outgoing, headers }, signal, mostBytes);
        const next = answer.location;
        if (next === undefined) return { status: answer.status, text: answer.text };
        if (redirects === mostRedirects) return refusedAnswer(answer, `more than ${mostRedirects} redirects`);
        if (outgoing.method !== 'GET' && answer.status !== 307 && answer.status !== 308)
          return refusedAnswer(answer, `redirect ${answer.status} would drop the body; answer 307 or 308`);
        if (!URL.canParse(next, url.href)) return refusedAnswer(answer, 'redirected to what is no address');
        const target = new URL(next, url);
        if (target.origin !== url.origin) headers = withoutSignature(headers);
        text = target.href;
      }
    } catch (error) {
      return { reason: signal.aborted ? `no answer within ${timeoutMs / 1000} seconds` : wordsOf(error) };
    }
  };
}

interface Judging extends Required<Pick<OutboundOptions, 'resolve' | 'exceptions'>> {
  readonly signal: AbortSignal;
}

/** The address to connect to, or why there is none. */
async function addressOf(
  url: URL,
  { resolve, exceptions, signal }: Judging,
): Promise<{ readonly address: string } | { readonly reason: string }> {
  const why = whyNotTarget(url, exceptions);
  if (why !== undefined) return { reason: `${url.origin} ${why}` };
  const literal = literalOf(url);
  const addresses = literal === undefined ? await within(signal, resolve(url.hostname)) : [literal];
  const [address] = addresses;
  if (address === undefined) return { reason: `${url.hostname} has no address` };
  if (exceptions.includes(url.origin)) return { address };
  const odd = addresses.find((one) => !isPublicAddress(one));
  return odd === undefined ? { address } : { reason: `${url.hostname} leads to a private or reserved address` };
}

/** The resolver cannot be stopped, so it is left behind. */
function within<Value>(signal: AbortSignal, work: Promise<Value>): Promise<Value> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly location: string | undefined;
}

function exchange(
  url: URL,
  address: string,
  { method, headers, body }: Outgoing,
  signal: AbortSignal,
  mostBytes: number,
): Promise<Answer> {
  const secure = url.protocol === 'https:';
  const named = literalOf(url) === undefined;
  return new Promise((resolve, reject) => {
    const request = (secure ? tlsRequest : plainRequest)({
      host: address,
      family: isIPv6(address) ? 6 : 4,
      port: url.port || (secure ? 443 : 80),
      // The certificate must be the name's, although the connection goes to an address.
      ...(secure && named && { servername: url.hostname }),
      path: `${url.pathname}${url.search}`,
      method,
      agent: false,
      signal,
      headers: {
        ...headers,
        host: url.host,
        ...(body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }),
      },
    });
    request.on('error', reject);
    request.once('response', (response) => {
      const status = response.statusCode ?? 0;
      const location = status >= 300 && status < 400 ? response.headers.location : undefined;
      const parts: Buffer[] = [];
      let bytes = 0;
      const done = () => {
        request.destroy();
        resolve({ status, location, text: Buffer.concat(parts).subarray(0, mostBytes).toString('utf8') });
      };
      if (location !== undefined) return done();
      response.on('data', (part: Buffer) => {
        parts.push(part);
        bytes += part.length;
        if (bytes >= mostBytes) done();
      });
      // The status is the answer: a body that breaks off, or takes too long, changes nothing about it.
      response.once('end', done);
      response.once('error', done);
      request.prependListener('error', done);
    });
    request.end(body);
  });
}

const refusedAnswer = ({ status, text }: Answer, reason: string): Handover => ({ status, text, reason });

const withoutSignature = (headers: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !name.toLowerCase().startsWith('webhook-')));

/** A code such as `ECONNREFUSED` where there is one: messages of sockets name our own addresses. */
function wordsOf(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  return `no connection: ${code ?? message ?? 'unknown'}`;
}
