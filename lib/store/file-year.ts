import { atOnce } from '../at-once.ts';
import type { Mode } from '../tax/year-end/filing.ts';
import { sameTaxpayer } from '../tax/year-end/identity.ts';
import {
  type Entry,
  entryAt,
  type FilingPass,
  MOST_PAYEES,
  type PayeeYear,
  passesOf,
  statesOf,
} from '../tax/year-end/next-submission.ts';
import type { FilingPlace } from '../tax/year-end/order.ts';
import type { Submission } from '../tax/year-end/submission.ts';
import type { Instant } from '../time.ts';
import { fileSubmission } from './file-submission.ts';
import { type PayeeForms, payeeForms, type TaxVaultReader } from './payee-forms.ts';
import type { StoredFiler, taxFilers } from './tax-filers.ts';
import type { BrandYear, taxReturns } from './tax-returns.ts';

/** Forms opened at once; each is some calls of KMS. */
const WIDTH = 8;
/** Payees read at once. */
const STRETCH = 500;

/** A year that is being filed in a mode. */
export interface FilingRun {
  readonly of: BrandYear;
  readonly mode: Mode;
  /** As-of time of the run. */
  readonly at: Instant;
  readonly filer: StoredFiler;
  readonly stores: {
    readonly returns: Pick<ReturnType<typeof taxReturns>, 'stretch' | 'file' | 'putPayee'>;
    readonly filers: Pick<ReturnType<typeof taxFilers>, 'header'>;
    readonly vault: Pick<TaxVaultReader, 'read'>;
  };
  /** Writes the files of a submission that was stored. */
  write(submission: Submission, forms: PayeeForms): Promise<void>;
  /** Whether there is time for one more submission. */
  enough(): boolean;
}

interface Reached {
  readonly place: FilingPlace;
  /** Whether the time was over before all was done. */
  readonly cutOff: boolean;
}

/**
 * Files all that a run has left, submission by submission. Payees are walked over in the order of their ids, once for the IRS (twice for
 * corrections) and once for each state that takes a file of its own; where the time ends, the answer is the place to go on from. So reads
 * grow with payees, and not with payees times submissions. What is filed is read with the payees, so nobody is filed twice from any place.
 */
export async function fileYear(run: FilingRun, from: FilingPlace): Promise<Reached> {
  let place = from;
  for (;;) {
    const pass = passesOf(run.mode, place.states)[place.pass];
    if (!pass) return { place, cutOff: false };
    const reached = await filePass(run, pass, place);
    if (reached.cutOff) return reached;
    place = { ...reached.place, pass: place.pass + 1, after: undefined };
  }
}

/** Files what one pass has, submission by submission. */
async function filePass(run: FilingRun, pass: FilingPass, from: FilingPlace): Promise<Reached> {
  const { of, mode, at, filer, stores } = run;
  const { combinedStates } = filer.profile;
  const states = new Set(from.states);
  /** Not filed yet, each with the payee before it: where a call would go on that has to file it. */
  const waiting: { entry: Entry; behind: string | undefined }[] = [];
  let [next, after, behind] = [from.next, from.after, from.after];
  const stopped = (behindWhom: string | undefined): Reached => ({
    place: { ...from, after: behindWhom, next, states: [...states] },
    cutOff: true,
  });
  for (;;) {
    const stretch = await stores.returns.stretch(of, { after, limit: STRETCH });
    const others = await otherTaxpayers(run, pass, stretch.payees);
    for (const payee of stretch.payees) {
      const { partnerId } = payee;
      if (from.pass === 0) for (const state of statesOf(payee, combinedStates)) states.add(state);
      const entry = entryAt(mode, pass, payee, { combinedStates, otherTaxpayer: others.has(partnerId) });
      if (entry) waiting.push({ entry, behind });
      behind = partnerId;
    }
    after = stretch.after;
    while (waiting.length >= MOST_PAYEES || (after === undefined && waiting.length > 0)) {
      if (!run.enough()) return stopped(waiting[0]!.behind);
      const entries = waiting.slice(0, MOST_PAYEES).map(({ entry }) => entry);
      const forms = payeeForms(stores.vault, of.brandId);
      const filing = { ...pass, of, number: next, entries, filer, at };
      const submission = await fileSubmission(stores, filing, forms);
      waiting.splice(0, entries.length);
      if (!submission) continue;
      await run.write(submission, forms);
      next += 1;
    }
    if (after === undefined) return { place: { ...from, next, states: [...states] }, cutOff: false };
    if (!run.enough()) return stopped(waiting.length > 0 ? waiting[0]!.behind : after);
  }
}

/** Of these, whose form on file names another taxpayer than what was filed at the destination. Only forms that are newer are opened. */
async function otherTaxpayers(
  { of: { brandId }, mode, stores: { vault } }: FilingRun,
  { destination, kind }: FilingPass,
  payees: readonly PayeeYear[],
): Promise<ReadonlySet<string>> {
  if (mode !== 'corrected' || kind !== 'corrected') return new Set();
  const forms = payeeForms(vault, brandId);
  const found = await atOnce(WIDTH, payees, (payee) => namesAnother(payee, destination, forms));
  return new Set(found.flat());
}

async function namesAnother(
  { partnerId, assessment: { formVersion }, filed }: PayeeYear,
  destination: string,
  forms: PayeeForms,
): Promise<string[]> {
  const record = filed.find((one) => one.destination === destination && one.kind !== 'zeroed');
  if (!record || formVersion === undefined || record.formVersion === formVersion) return [];
  const [now, then] = [await forms(partnerId, formVersion), await forms(partnerId, record.formVersion)];
  return sameTaxpayer(now, then) ? [] : [partnerId];
}
