import type { Instant } from '../time.ts';
import { type ClickIdRefusal, refusalReason, type Uncredited } from '../tracking/click-id.ts';
import type { Conversion, ConversionReport } from '../tracking/conversion.ts';
import { distinctCodes } from '../tracking/distinct-codes.ts';
import { markOf } from '../tracking/order-mark.ts';

/** Who reports, and when. */
interface Source {
  readonly brandId: string;
  /** Time of the request. */
  readonly at: Instant;
  /** Id of the API key. */
  readonly keyId: string;
}

export interface RecordContext extends Source {
  /** Why the report's click id is not one of ours; the conversion is kept all the same, and credits nobody. */
  readonly clickIdRefused?: ClickIdRefusal | undefined;
  /** Why the click can never be credited. */
  readonly clickUncredited?: Uncredited | undefined;
}

/** A conversion as it is first stored. Apart from `conversions.ts` so that the postback function can make one without the document client. */
export function conversionOf(
  reported: ConversionReport,
  { brandId, at, keyId, clickIdRefused, clickUncredited }: RecordContext,
): Conversion {
  const { couponCode: _, couponCodes: __, test, ...report } = reported;
  const couponCodes = distinctCodes(reported);
  const [couponCode] = couponCodes;
  const fresh: Conversion = {
    ...(report as Omit<typeof report, 'test'> & Pick<Conversion, keyof typeof report & keyof Conversion>),
    brandId,
    occurredAt: report.occurredAt ?? at,
    receivedAt: at,
    reportedBy: keyId,
    ...(couponCode !== undefined && { couponCode, couponCodes }),
    ...(test && { test: true as const }),
    ...(clickUncredited && { clickUncredited }),
    ...(clickIdRefused && { clickIdRefused, unattributed: refusalReason(clickIdRefused) }),
    returned: {},
    revision: 1,
    open: true,
    posted: {},
  };
  const mark = markOf(fresh);
  return mark === undefined ? fresh : { ...fresh, mark };
}
