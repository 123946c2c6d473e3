import { instant } from '../time.ts';
import type { Click } from './click.ts';
import { NONCE_BYTES, VISITOR_BYTES } from './click-id.ts';
import type { LinkTarget } from './link.ts';
import type { ProgramRules } from './program-rules.ts';
import type { SubIds } from './sub-ids.ts';
import { type Evidence, judgeClick, type Reason } from './verdict.ts';
import { type Headers, isNotAPage, referrerHost, refusesTracking, viewerCountry } from './visit.ts';
import { visitorOf } from './visitor.ts';

/** Random bytes that a click takes. */
export const CLICK_RANDOM_BYTES = VISITOR_BYTES + NONCE_BYTES;

/** A person's request for a link, with everything that is known when it comes. */
export interface Visit {
  readonly link: LinkTarget;
  readonly rules: ProgramRules;
  readonly headers: Headers;
  /** The visitor's address: looked at, never kept. */
  readonly address: string;
  readonly atMs: number;
  /** The browser's own token, where its clicks may be joined. */
  readonly token: string | undefined;
  readonly repeated: boolean;
  readonly subs: SubIds;
  /** What was noticed that does not speak against the click. */
  readonly noticed: readonly Reason[];
  /** {@link CLICK_RANDOM_BYTES} of them. */
  readonly random: Buffer;
  readonly retentionDays: number;
}

/** The visitor token of a browser that has none yet. */
export const freshToken = (random: Buffer): string => random.toString('base64url', 0, VISITOR_BYTES);

/** What speaks for and against a visit, but for repetition. */
export function evidenceOf(
  { link, rules, headers, address, atMs }: Pick<Visit, 'link' | 'rules' | 'headers' | 'address' | 'atMs'>,
  asked: 'page' | 'script',
): Omit<Evidence, 'repeated'> {
  return {
    linkPaused: link.paused,
    programPaused: rules.paused,
    ended: link.endsAt !== undefined && link.endsAt <= instant(atMs),
    capped: link.capped && (link.cappedUntil === undefined || instant(atMs) < link.cappedUntil),
    inDataCentre: rules.inDataCentre(address),
    notAPage: asked === 'page' && isNotAPage(headers),
    country: viewerCountry(headers),
    countries: rules.countries,
  };
}

/** The click of a visit: judged, and with no more of the visitor than the program may keep. */
export function takeClick(visit: Visit, evidence: Omit<Evidence, 'repeated'>): Click {
  const { link, rules, headers, atMs, token, repeated, subs, noticed, random, retentionDays } = visit;
  const { verdict, reasons: against } = judgeClick({ ...evidence, repeated });
  const reasons = [...against, ...noticed];
  const referrer = referrerHost(headers);
  return {
    brandId: link.brandId,
    programId: link.programId,
    partnerId: link.partnerId,
    link: link.code,
    at: instant(atMs),
    visitor: visitorOf(token ?? freshToken(random), link.programId, refusesTracking(headers) ? 'alone' : 'joins'),
    nonce: random.toString('hex', VISITOR_BYTES),
    ...(referrer !== undefined && { referrerHost: referrer }),
    ...(verdict !== 'human' && { verdict }),
    ...(reasons.length > 0 && { reasons }),
    ...(rules.mode !== 'moderate' && { mode: rules.mode }),
    ...(evidence.country !== undefined && { country: evidence.country }),
    ...(Object.keys(subs).length > 0 && { subs }),
    expiresAt: Math.floor(atMs / 1000) + retentionDays * 86_400,
  };
}
