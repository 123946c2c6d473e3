import type { Instant } from '../time.ts';

/** A person's visit through a partner's link. Holds no address, no device and nothing else that names the person. */
export interface Click {
  readonly brandId: string;
  readonly programId: string;
  readonly partnerId: string;
  /** Link code. */
  readonly link: string;
  readonly at: Instant;
  /** The browser, as this program knows it; 8 bytes in base64url. */
  readonly visitor: string;
  /** 2 bytes in hex. */
  readonly nonce: string;
  /** Host of the page the link stood on. */
  readonly referrerHost?: string;
  /** Seconds since 1970 after which the click may be forgotten. */
  readonly expiresAt: number;
}

const TEXTS = ['brandId', 'programId', 'partnerId', 'link', 'at', 'visitor', 'nonce'] as const;

/** Reads a click that was sent as JSON; throws when something is missing, so that the message is set aside instead of half stored. */
export function parseClick(text: string): Click {
  const click = JSON.parse(text) as Partial<Record<keyof Click, unknown>>;
  const missing = TEXTS.filter((name) => typeof click[name] !== 'string' || click[name] === '');
  if (missing.length > 0 || !Number.isInteger(click.expiresAt))
    throw new Error(`not a click: ${[...missing, 'expiresAt'].join(', ')} missing or odd`);
  return click as Click;
}
