import type { ClickKeyRing } from '../aws/click-keys.ts';
import { VisibleError } from '../errors.ts';
import type { ConversionStore, Recorded } from '../store/conversions.ts';
import { conversionOf, type RecordContext } from '../store/new-conversion.ts';
import type { ProgramConstants } from '../store/program-constants.ts';
import { epochMs, type Instant } from '../time.ts';
import { contradictions } from '../tracking/adjustment.ts';
import type { ClickIdRefusal } from '../tracking/click-id.ts';
import type { ConversionReport } from '../tracking/conversion.ts';
import type { Caller } from './caller.ts';

/** A conversion may be dated this much after the request that reports it: clocks differ. */
const MOST_FUTURE_MINUTES = 5;

/** What taking a report came to, and what its sender may want to know of it. */
export interface Taken extends Recorded {
  readonly outcome: 'recorded' | 'already-there';
  readonly notes: readonly string[];
}

interface Needs {
  /** The program of a brand; refuses one that is not there. */
  readonly programOf: (brandId: string, programId: string) => Promise<ProgramConstants>;
  /** Stores a report, or says what storing it would come to. */
  readonly record: (report: ConversionReport, source: RecordContext) => Promise<Recorded>;
  readonly clickKeys: Pick<ClickKeyRing, 'verify'>;
}

/**
 * Takes conversion reports: checked against their program, their click id verified, stored once. A report that is wrong is refused; one
 * that is merely odd (a click id that is not ours) is stored with the reason and says so.
 */
export function conversionIntake({ programOf, record, clickKeys }: Needs) {
  async function verified({ clickId, programId }: ConversionReport) {
    const facts = clickId === undefined ? undefined : await clickKeys.verify(clickId, programId);
    return typeof facts === 'string' ? { clickIdRefused: facts } : { clickUncredited: facts?.uncredited };
  }

  return async (report: ConversionReport, who: Caller, at: Instant): Promise<Taken> => {
    plausibleTime(report.occurredAt, at);
    const { currency } = await programOf(who.brandId, report.programId);
    const source = { brandId: who.brandId, keyId: who.keyId, at, ...(await verified(report)) };
    const { outcome, conversion, differences } = await record(report, source);
    if (outcome === 'different') {
      const name = `${report.eventType} ${report.orderId}`;
      throw contradiction('different-conversion', `${name} was recorded before with other facts`, differences);
    }
    const notes = [
      ...(conversion.currency === currency
        ? []
        : [`in ${conversion.currency}: it is settled in ${currency} once there are exchange rates for its day.`]),
      ...(conversion.test ? ['a test: it is kept and shown, credits nobody and counts nowhere.'] : []),
      ...(conversion.clickIdRefused ? [REFUSED[conversion.clickIdRefused]] : []),
    ];
    return { outcome, conversion, differences, notes };
  };
}

/** What recording would come to, without doing it: for dry runs. */
export const foresight =
  (conversions: Pick<ConversionStore, 'load'>) =>
  async (report: ConversionReport, source: RecordContext): Promise<Recorded> => {
    const conversion = conversionOf(report, source);
    const [stored] = await conversions.load([conversion]);
    if (!stored) return { outcome: 'recorded', conversion, differences: [] };
    const differences = contradictions(stored, report);
    return { outcome: differences.length > 0 ? 'different' : 'already-there', conversion: stored, differences };
  };

const KEPT = 'the conversion is recorded and credits nobody';
const REFUSED: Readonly<Record<ClickIdRefusal, string>> = {
  malformed: `clickId is not a click id (64 characters of letters, digits, - and _); ${KEPT}.`,
  'unknown-key': `clickId is signed with a key that is not known here; ${KEPT}.`,
  forged: `clickId was not made for this program: changed, made up or another program’s; ${KEPT}.`,
};

/** Before this nobody sold anything through a link of ours; it is a slipped digit or a clock that was never set. */
const EARLIEST = '2000-01-01T00:00:00.000Z';

/** Refuses a time that cannot be meant: in the future, beyond what clocks differ by, or of another century. */
export function plausibleTime(occurredAt: Instant | undefined, at: Instant): void {
  if (occurredAt === undefined) return;
  const latest = epochMs(at) + MOST_FUTURE_MINUTES * 60_000;
  const message =
    epochMs(occurredAt) > latest
      ? `must not lie more than ${MOST_FUTURE_MINUTES} minutes after the request, which came at ${at}`
      : epochMs(occurredAt) < epochMs(EARLIEST)
        ? `must not lie before ${EARLIEST}`
        : undefined;
  if (message !== undefined)
    throw new VisibleError('invalid', 'invalid-fields', `occurredAt: ${message}`, [{ field: 'occurredAt', message }]);
}

/** The refusal of a report that says something else than what was recorded under the same name. */
export function contradiction(code: string, what: string, fields: readonly string[]): VisibleError {
  return new VisibleError(
    'conflict',
    code,
    `${what}; nothing was changed. These differ: ${fields.join(', ')}.`,
    fields.map((field) => ({ field, message: 'differs from what was recorded' })),
  );
}
