import type { Day } from '../calendar.ts';
import { addBusinessDays } from './federal-days.ts';

/**
 * That the IRS said (CP2100, CP2100A) that a payee's name and number do not match, and the clocks that it starts: the payee is written to
 * within 15 business days, and payments made after 30 business days need backup withholding until the payee has answered (Pub. 1281).
 */
export interface NameNotice {
  /** A second one within three calendar years is answered by the SSA or the IRS, not by a W-9. The payer counts. */
  readonly number: 1 | 2;
  readonly receivedOn: Day;
  /** Last day on which the payee may be written to. */
  readonly writeBy: Day;
  /** Payments after this day need withholding. */
  readonly withholdAfter: Day;
  /** Day on which a form came that answers it. */
  readonly answeredOn?: Day | undefined;
}

const WRITE_WITHIN = 15;
const WITHHOLD_AFTER = 30;
/** Calendar years among which two notices make a second one: that of the notice and the two before. */
const YEARS_COUNTED = 3;

const yearOf = (day: Day) => Number(day.slice(0, 4));

/** The notices with one more; the same ones when one of that day is there, since it is the same letter. */
export function withNotice(notices: readonly NameNotice[], receivedOn: Day): readonly NameNotice[] {
  if (notices.some((notice) => notice.receivedOn === receivedOn)) return notices;
  const ordered = [...notices.map((notice) => notice.receivedOn), receivedOn].sort();
  return ordered.map((day, place): NameNotice => {
    const known = notices.find((notice) => notice.receivedOn === day);
    const previous = ordered[place - 1];
    const second = previous !== undefined && yearOf(day) - yearOf(previous) < YEARS_COUNTED;
    return {
      ...known,
      number: second ? 2 : 1,
      receivedOn: day,
      writeBy: addBusinessDays(day, WRITE_WITHIN),
      withholdAfter: addBusinessDays(day, WITHHOLD_AFTER),
    };
  });
}

/** The notices once a form has come: a first one is answered by any new W-9, a second only by one whose number was verified. */
export const answered = (
  notices: readonly NameNotice[],
  { on, verified }: { readonly on: Day; readonly verified: boolean },
): readonly NameNotice[] =>
  notices.map((notice) =>
    notice.answeredOn === undefined && notice.receivedOn <= on && (notice.number === 1 || verified)
      ? { ...notice, answeredOn: on }
      : notice,
  );

/** The notice because of which a payment on a day needs backup withholding. */
export const withholdingNotice = (notices: readonly NameNotice[], today: Day): NameNotice | undefined =>
  notices.find(({ answeredOn, withholdAfter }) => answeredOn === undefined && today > withholdAfter);
