import type * as z from 'zod';
import type { RouteId } from '../routes.ts';

/**
 * What one route takes and answers. Handlers, the OpenAPI document and the hostile-body tests are made from it.
 * Objects are `z.strictObject`: a field nobody reads is refused by name instead of being dropped in silence.
 */
export interface Contract {
  /** Placeholders of the path. Without it the path has none. */
  readonly params?: z.ZodObject;
  /** Query parameters; every value arrives as text, so numbers are coerced. Without it none is allowed. */
  readonly query?: z.ZodObject;
  /** JSON body. Without it a body is refused. */
  readonly body?: z.ZodType;
  /** The body is a text of this media type and no JSON; the operation gets it as `text`. */
  readonly text?: 'text/csv';
  /** Reads the body where it is sent as `application/yaml`; the result is checked by `body` like any other. Without it only JSON is taken. */
  readonly yaml?: (text: string) => unknown;
  /** The answer is parsed by it too: what it does not name never leaves. */
  readonly answer: z.ZodType;
  readonly status: 200 | 201 | 202;
  /** Media types beside JSON that the answer may have, chosen by the operation. */
  readonly media?: readonly string[];
  /** Largest body in bytes; 256 KiB unless said. Lambda itself takes 6 MB. */
  readonly maxBytes?: number;
  /**
   * What a second POST under the same `Idempotency-Key` gets. `stored` (the default): the first answer again. `natural`: the header is not
   * needed, since the body names what it reports and the store knows it. `secret`: `409`, because the answer must not be kept.
   */
  readonly repeat?: 'stored' | 'natural' | 'secret';
  /** The route changes a row with a revision: `If-Match` is honoured. */
  readonly revises?: boolean;
  /** Refusals of this route beside the general ones: problem code → when. For the reference page. */
  readonly refusals?: Readonly<Record<string, string>>;
  readonly examples?: { readonly body?: unknown; readonly answer?: unknown };
}

/** The contracts of an area: `export const linksContracts = {…} satisfies Contracts<'createLink' | …>`. */
export type Contracts<Ids extends RouteId> = { readonly [Id in Ids]: Contract };
