import { createHmac } from 'node:crypto';
import type { TaxFormOnFile } from './form-on-file.ts';

/** Bytes of a brand's key; a shorter one could be tried out. */
export const TAXPAYER_KEY_BYTES = 32;

/**
 * Tells whether two forms of a brand have the same taxpayer number without saying which: an HMAC-SHA256 of box and number. There are a
 * thousand million numbers, and the last four of each are known, so it is no secret from whoever has the key: the key stays with functions
 * that may open numbers anyhow. The same nine digits as SSN and as EIN are two taxpayers.
 *
 * @param key the brand's own, in base64.
 * @param number as it is on the form, with or without hyphens.
 */
export function taxpayerFingerprint(key: string, box: string, number: string): string {
  const bytes = Buffer.from(key, 'base64');
  if (bytes.length !== TAXPAYER_KEY_BYTES) throw new Error(`a taxpayer key has ${TAXPAYER_KEY_BYTES} bytes`);
  return createHmac('sha256', bytes)
    .update(`${box}:${number.replaceAll('-', '')}`)
    .digest('base64url');
}

/** A partner's fingerprint, and the version of the W-9 that it is of. */
export interface FormFingerprint {
  readonly fingerprint: string;
  readonly formVersion: number;
}

/** The fingerprint if it is that of the form that is on file: a newer one may have another number. */
export const currentFingerprint = (
  form: Pick<TaxFormOnFile, 'form' | 'version'> | undefined,
  known: FormFingerprint | undefined,
): string | undefined => (form?.form === 'w9' && known?.formVersion === form.version ? known.fingerprint : undefined);
