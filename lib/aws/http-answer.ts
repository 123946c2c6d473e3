/** An answer read whole. */
export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
  /** Bytes that the answer took, so that whoever holds the connection sees whether more came than was asked for. */
  readonly bytes: number;
  /** Whether the far end takes another request on this connection. */
  readonly keepsAlive: boolean;
}

/** No service of AWS sends a longer one; what does is not one. */
const MOST_HEAD_BYTES = 64 * 1024;
const BLANK_LINE = '\r\n\r\n';
const STATUS = /^HTTP\/1\.1 (\d{3})[ \r]/;
const LENGTH = /\r\ncontent-length:[ \t]*(\d+)[ \t]*\r/i;
const CHUNKED = /\r\ntransfer-encoding:[ \t]*chunked[ \t]*\r/i;
const CLOSES = /\r\nconnection:[ \t]*close[ \t]*\r/i;

/**
 * The answer (RFC 9112) to a POST, from all bytes that came since it was sent; nothing while it is not complete. `ended` says that the far
 * end sends no more, which completes an answer that gives no length. Interim answers (1xx) are passed over.
 *
 * @throws Error for what is no HTTP/1.1 answer, or one that ended before it was complete.
 */
export function readAnswer(received: Buffer, ended: boolean, start = 0): HttpAnswer | undefined {
  const headEnd = received.indexOf(BLANK_LINE, start, 'latin1');
  if (headEnd < 0) {
    if (ended || received.length - start > MOST_HEAD_BYTES) throw new Error('the answer has no end of its head');
    return undefined;
  }
  const bodyStart = headEnd + BLANK_LINE.length;
  const head = received.toString('latin1', start, bodyStart);
  const status = Number(STATUS.exec(head)?.[1]);
  if (Number.isNaN(status)) throw new Error('the answer is none of HTTP/1.1');
  if (status < 200) return readAnswer(received, ended, bodyStart);

  const body = bodyOf(head, received, bodyStart, ended);
  if (!body && ended) throw new Error('the answer ended before it was complete');
  return body && { status, text: body.text, bytes: body.end, keepsAlive: !ended && !CLOSES.test(head) };
}

interface Body {
  readonly text: string;
  /** Where it ends among the bytes received. */
  readonly end: number;
}

function bodyOf(head: string, received: Buffer, start: number, ended: boolean): Body | undefined {
  if (CHUNKED.test(head)) return chunkedBody(received, start);
  const length = LENGTH.exec(head)?.[1];
  const end = length === undefined ? received.length : start + Number(length);
  const complete = length === undefined ? ended : received.length >= end;
  return complete ? { text: received.toString('utf8', start, end), end } : undefined;
}

function chunkedBody(received: Buffer, start: number): Body | undefined {
  const parts: Buffer[] = [];
  let at = start;
  for (;;) {
    const lineEnd = received.indexOf('\r\n', at, 'latin1');
    if (lineEnd < 0) return undefined;
    const size = /^[0-9a-f]{1,8}(?=[; \t]|$)/i.exec(received.toString('latin1', at, lineEnd))?.[0];
    if (size === undefined) throw new Error('a chunk of the answer has no size');
    const chunkStart = lineEnd + 2;
    const chunkEnd = chunkStart + Number.parseInt(size, 16);
    if (chunkEnd === chunkStart) {
      // Trailers, if any, end with a blank line; without them the last chunk's own line end is the first half of it.
      const trailersEnd = received.indexOf(BLANK_LINE, lineEnd, 'latin1');
      return trailersEnd < 0
        ? undefined
        : { text: Buffer.concat(parts).toString(), end: trailersEnd + BLANK_LINE.length };
    }
    if (received.length < chunkEnd + 2) return undefined;
    if (received.toString('latin1', chunkEnd, chunkEnd + 2) !== '\r\n')
      throw new Error('a chunk of the answer has no end');
    parts.push(received.subarray(chunkStart, chunkEnd));
    at = chunkEnd + 2;
  }
}
