import * as z from 'zod';
import { idPattern } from '../ids.ts';
import { LineField } from '../programs/program.ts';
import type { Instant } from '../time.ts';
import { fillTemplate, whyNotTemplate } from './macros.ts';
import type { Notice, NoticeType, Subscribed } from './notices.ts';
import { whyNotTarget } from './target.ts';

export const WebhookId = z.string().regex(idPattern('webhook'), 'must be a webhook id such as whk_01h…');
export const KINDS = ['signed-json', 'template'] as const;
type Kind = (typeof KINDS)[number];
export const METHODS = ['GET', 'POST'] as const;

/** Blanks, controls and backslashes are refused rather than repaired; where it may lead is judged with the whole webhook. */
export const TargetField = z
  .string()
  .max(2048)
  .refine((text) => !/[\s\p{Cc}\p{Cs}\\]/u.test(text), 'must not have blanks, control characters or backslashes')
  .refine((text) => /^https?:\/\//.test(text), 'must be an https:// address');

/** Fields that both kinds have. */
export const webhookFields = <Types extends readonly [Subscribed, ...Subscribed[]]>(types: Types) => ({
  url: TargetField,
  events: z
    .array(z.enum(types))
    .min(1)
    .max(types.length)
    .optional()
    .describe('Types of events to send; all of them when left out'),
  description: LineField(200).optional(),
});

/** A signing secret, encrypted. While a new one takes over, the one before still signs too. */
export interface SealedSecret {
  readonly sealed: string;
  readonly madeAt: Instant;
  /** Until when it signs; the newest has none. */
  readonly until?: Instant;
}

/** Somebody's address for events: a brand's own, or with `partnerId` a partner's, who hears of their own affairs only. */
export interface Webhook {
  readonly webhookId: string;
  readonly brandId: string;
  readonly partnerId?: string | undefined;
  readonly kind: Kind;
  readonly url: string;
  /** Of a template; signed JSON is posted. */
  readonly method?: (typeof METHODS)[number] | undefined;
  readonly events?: readonly Subscribed[] | undefined;
  readonly description?: string | undefined;
  readonly status: 'active' | 'disabled';
  /** `gone`: the receiver answered 410. `failing`: nothing was taken for three days. `by-hand`: somebody switched it off. */
  readonly disabled?: { readonly why: 'gone' | 'failing' | 'by-hand'; readonly at: Instant } | undefined;
  /** First failure since the last success. */
  readonly failingSince?: Instant | undefined;
  readonly secrets: readonly SealedSecret[];
  readonly createdAt: Instant;
}

/** Why a webhook may not have an address; nothing when it may. */
export function whyNotUrl(kind: Kind, url: string, exceptions: readonly string[]): string | undefined {
  const why =
    kind === 'template' ? whyNotTemplate(url) : /[{}]/.test(url) ? 'has macros, which only templates may' : undefined;
  if (why !== undefined) return why;
  const plain = url.replaceAll(/\{\w+\}/g, 'x');
  if (!URL.canParse(plain)) return 'must be an https:// address';
  const target = new URL(plain);
  return target.hash ? 'must not have a fragment' : whyNotTarget(target, exceptions);
}

/** Whether a notice goes to a webhook. */
export function wants(webhook: Webhook, notice: Notice): boolean {
  if (webhook.status !== 'active') return false;
  if (webhook.partnerId === undefined ? notice.toPartner : webhook.partnerId !== notice.partnerId) return false;
  return isSubscribed(webhook.events, notice.type);
}

const isSubscribed = (events: readonly NoticeType[] | undefined, type: NoticeType) =>
  events === undefined || events.includes(type);

/** The secrets that sign at an instant, newest first. */
export const signingAt = ({ secrets }: Pick<Webhook, 'secrets'>, at: Instant): readonly SealedSecret[] =>
  secrets.filter(({ until }) => until === undefined || until > at);

/** A new secret takes over; the newest of the old ones signs beside it until then, the others no more. */
export function rotated(secrets: readonly SealedSecret[], sealed: string, at: Instant, until: Instant): SealedSecret[] {
  const [newest] = secrets;
  return [{ sealed, madeAt: at }, ...(newest && until > at ? [{ ...newest, until }] : [])];
}

/** What is sent for a notice, before it is signed. */
export function requestOf(
  { kind, url, method = 'GET' }: Pick<Webhook, 'kind' | 'url' | 'method'>,
  notice: Notice,
  body: string,
): { readonly method: 'GET' | 'POST'; readonly url: string; readonly body?: string } {
  return kind === 'signed-json' ? { method: 'POST', url, body } : { method, url: fillTemplate(url, notice) };
}
