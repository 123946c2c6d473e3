import { VisibleError } from '../errors.ts';

/** The `Idempotency-Key` of a request, checked: 1 to 200 visible ASCII characters. */
export function idempotencyKey(headers: Readonly<Record<string, string | undefined>>): string | undefined {
  const key = headers['idempotency-key'];
  if (key === undefined || /^[\x21-\x7e]{1,200}$/.test(key)) return key;
  const field = { field: 'Idempotency-Key', message: 'must be 1 to 200 visible ASCII characters' };
  throw new VisibleError('invalid', 'invalid-fields', `Idempotency-Key: ${field.message}`, [field]);
}

/** The caller's reason for a change, from `X-Reason`; percent-encoded UTF-8 is read as such, since headers are ASCII. */
export function reasonOf(header: string | undefined): string | undefined {
  const text = header?.trim();
  if (!text) return undefined;
  const words = decode(text);
  if (words.length <= 500 && !/\p{C}/u.test(words)) return words;
  const field = { field: 'X-Reason', message: 'must be at most 500 characters on one line' };
  throw new VisibleError('invalid', 'invalid-fields', `X-Reason: ${field.message}`, [field]);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
