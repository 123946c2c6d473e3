import type { Assessment } from './assess.ts';
import { amountsOf, type Filed, IRS } from './filing.ts';

/** A year of a brand in dollars, put apart so that every cent that was paid is in exactly one place. */
export interface YearSummary {
  readonly payees: number;
  /** Paid in the year in US dollars, before what was withheld: what the brand has to account for. */
  readonly grossCents: number;
  /** Paid on rails whose provider reports, so not in `grossCents`; the ledgers have both together. */
  readonly reportedByProviderCents: number;
  /** Line "backup withholding" of Form 945: all that was withheld in the year. */
  readonly form945Cents: number;
  /** On returns with the IRS, as they stand. */
  readonly filed: Part & { readonly withheldCents: number };
  /** Returns that differ from the ledger by now; the difference, which a run with mode `corrected` files. */
  readonly changed: Part;
  /** Due, and not filed yet. */
  readonly due: Part;
  /** Due or unclear, and kept back by a problem. */
  readonly blocked: Part;
  readonly notDue: Part;
}

interface Part {
  readonly payees: number;
  readonly cents: number;
}

const EMPTY: Part = { payees: 0, cents: 0 };
const plus = (part: Part, cents: number): Part => ({ payees: part.payees + 1, cents: part.cents + cents });

/** A year in which nobody was paid. */
export const NOTHING_PAID: YearSummary = {
  ...{ payees: 0, grossCents: 0, reportedByProviderCents: 0, form945Cents: 0, filed: { ...EMPTY, withheldCents: 0 } },
  ...{ changed: EMPTY, due: EMPTY, blocked: EMPTY, notDue: EMPTY },
};

/** The sums of two lists of payees. */
export function together(one: YearSummary, other: YearSummary): YearSummary {
  const both = (name: 'changed' | 'due' | 'blocked' | 'notDue' | 'filed'): Part => ({
    payees: one[name].payees + other[name].payees,
    cents: one[name].cents + other[name].cents,
  });
  return {
    payees: one.payees + other.payees,
    grossCents: one.grossCents + other.grossCents,
    reportedByProviderCents: one.reportedByProviderCents + other.reportedByProviderCents,
    form945Cents: one.form945Cents + other.form945Cents,
    filed: { ...both('filed'), withheldCents: one.filed.withheldCents + other.filed.withheldCents },
    changed: both('changed'),
    due: both('due'),
    blocked: both('blocked'),
    notDue: both('notDue'),
  };
}

/**
 * @param years Each payee's assessment with what was filed for it, and whether a return is due at the IRS and not filed.
 * @throws Error when the parts do not add up to what was paid: then this function is wrong, and nothing should go by it.
 */
export function summarize(
  years: readonly { readonly assessment: Assessment; readonly filed: readonly Filed[]; readonly due: boolean }[],
): YearSummary {
  let [filed, changed, due, blocked, notDue] = [EMPTY, EMPTY, EMPTY, EMPTY, EMPTY];
  let [grossCents, form945Cents, withheldCents, reportedByProviderCents] = [0, 0, 0, 0];
  for (const { assessment, filed: records, due: isDue } of years) {
    grossCents += assessment.grossCents;
    form945Cents += assessment.withheldCents;
    for (const { paidCents } of assessment.reportedByProvider) reportedByProviderCents += paidCents;
    const atIrs = records.find(({ destination, kind }) => destination === IRS && kind !== 'zeroed');
    const isBlocked = assessment.problems.some(({ blocks }) => blocks);
    if (atIrs) {
      filed = plus(filed, atIrs.compensationCents);
      withheldCents += atIrs.withheldCents;
      const now = amountsOf(assessment);
      const moved = now.compensationCents !== atIrs.compensationCents || now.withheldCents !== atIrs.withheldCents;
      if (moved || assessment.grossCents !== atIrs.compensationCents)
        changed = plus(changed, assessment.grossCents - atIrs.compensationCents);
    } else if (isBlocked) blocked = plus(blocked, assessment.grossCents);
    else if (isDue) due = plus(due, assessment.grossCents);
    else notDue = plus(notDue, assessment.grossCents);
  }
  const told = filed.cents + changed.cents + due.cents + blocked.cents + notDue.cents;
  if (told !== grossCents) throw new Error(`the parts of the year make ${told} cents and ${grossCents} were paid`);
  return {
    payees: years.length,
    grossCents,
    reportedByProviderCents,
    form945Cents,
    filed: { ...filed, withheldCents },
    changed,
    due,
    blocked,
    notDue,
  };
}
