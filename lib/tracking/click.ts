import type { Touch } from '../attribution/journey.ts';
import type { Instant } from '../time.ts';
import { touchOfClickId, type Uncredited } from './click-id.ts';
import type { SubIds } from './sub-ids.ts';
import { creditsAs, type Mode, type Reason, VERDICTS, type Verdict } from './verdict.ts';

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
  /** Absent: human. */
  readonly verdict?: Uncredited;
  /** Absent: none. */
  readonly reasons?: readonly Reason[];
  /** The program's when the click came; absent: moderate. What it says of the click holds for good, whatever the program does later. */
  readonly mode?: Exclude<Mode, 'moderate'>;
  /** ISO 3166, when known. */
  readonly country?: string;
  readonly subs?: SubIds;
  /** Seconds since 1970 after which the click may be forgotten. */
  readonly expiresAt: number;
}

/** What the id of a click says beside its facts: why it can never be credited, when it cannot. */
export function uncreditedBecause({ verdict, mode }: Pick<Click, 'verdict' | 'mode'>): Uncredited | undefined {
  return verdict === undefined || creditsAs(verdict, mode ?? 'moderate') ? undefined : verdict;
}

/** The touch of a stored click: the one that its id stands for, and what only the row knows. */
export function touchOfClick({ verdict, reasons, mode, subs, ...click }: Click): Touch {
  return {
    ...touchOfClickId(click),
    ...(verdict && { verdict }),
    ...(reasons && { reasons }),
    ...(mode === 'strict' && { strict: true }),
    ...(subs && { subs }),
  };
}

const TEXTS = ['brandId', 'programId', 'partnerId', 'link', 'at', 'visitor', 'nonce'] as const;

/** Reads a click that was sent as JSON; throws when something is missing, so that the message is set aside instead of half stored. */
export function parseClick(text: string): Click {
  const click = JSON.parse(text) as Partial<Record<keyof Click, unknown>>;
  const missing = TEXTS.filter((name) => typeof click[name] !== 'string' || click[name] === '');
  if (missing.length > 0 || !Number.isInteger(click.expiresAt))
    throw new Error(`not a click: ${[...missing, 'expiresAt'].join(', ')} missing or odd`);
  if (click.verdict !== undefined && !VERDICTS.includes(click.verdict as Verdict))
    throw new Error(`not a click: its verdict is ${String(click.verdict)}`);
  return click as Click;
}
