import { performance } from 'node:perf_hooks';
import { type FilingSteps, filingSteps, madeBy } from '../test/support/filing.ts';
import { fanOut, type JobsGround, jobsGround, type Step } from '../test/support/jobs-ground.ts';
import {
  MIXED_AS_OF,
  MIXED_YEAR,
  mixedPayees,
  readYear,
  readyToFile,
  storeMixed,
} from '../test/support/mixed-payees.ts';
import { payeesOn } from '../test/support/payees.ts';
import { givenProgram } from '../test/support/program.ts';
import { sumOf } from '../test/support/return-readers.ts';
import { type Figure, round, type Section } from './figures.ts';

const PAYEES = 10_000;
/** Of the steps' functions, as `infra/stacks/tax.ts` gives it to them. */
const TIMEOUT_MS = { figures: 300_000, write: 900_000 };

interface Measured {
  readonly seconds: number;
  readonly readUnits: number;
  readonly writeUnits: number;
  readonly opened: number;
}

/** A call's time as Lambda tells it: what is left of the timeout. */
const lambda = (timeoutMs: number) => {
  const began = performance.now();
  return { getRemainingTimeInMillis: () => timeoutMs - (performance.now() - began) };
};

/**
 * A year end of 10,000 payees of every kind, or as many as are asked for, from the ledger to files that are read again: what it takes, and that every return is in one file
 * with the amounts of the ledger.
 */
export async function yearEnd(announce: (line: string) => void, count = PAYEES): Promise<Section> {
  const now = Date.now;
  // Jobs refuse to reason from a time to come, and the year that is filed is not over yet.
  Date.now = () => Date.parse(MIXED_AS_OF);
  const ground = await jobsGround();
  try {
    return await measured(ground, announce, count);
  } finally {
    Date.now = now;
    await ground.stop();
  }
}

async function measured(ground: JobsGround, announce: (line: string) => void, count: number): Promise<Section> {
  const steps = await filingSteps();
  const program = await givenProgram(ground, 'year end');
  await readyToFile(ground, payeesOn(ground), program);
  const payees = mixedPayees(count);
  announce(`storing ${count} payees with their forms and ledgers`);
  await storeMixed(ground, program, payees);
  const order = { brandId: program.brandId, year: MIXED_YEAR, asOf: MIXED_AS_OF };
  let handedOn = 0;
  const untilDone = async (step: Step, input: object, timeoutMs: number) => {
    let answer = input as { cursor?: unknown };
    let calls = 0;
    do {
      answer = (await step(answer, lambda(timeoutMs))) as typeof answer;
      handedOn = Math.max(handedOn, Buffer.byteLength(JSON.stringify(answer)));
      calls += 1;
    } while (answer.cursor != null);
    return { answer: answer as Record<string, unknown>, calls };
  };
  const phase = async <Result>(name: string, work: () => Promise<Result>): Promise<[Measured, Result]> => {
    ground.meter.reset();
    const before = ground.opened();
    const began = performance.now();
    const result = await work();
    const { readUnits, writeUnits } = ground.meter.totals();
    const seconds = (performance.now() - began) / 1_000;
    const opened = ground.opened() - before;
    announce(
      `${name}: ${round(seconds, 1)} s, ${round(readUnits)} RRU, ${round(writeUnits)} WRU, ${opened} fields opened`,
    );
    return [{ seconds, readUnits, writeUnits, opened }, result];
  };
  const [assessed, { plan }] = await phase('working out years', () =>
    fanOut(steps.plan, steps.assess, order, lambda(TIMEOUT_MS.figures * 1_000)),
  );
  const [matched, { answer: known }] = await phase('comparing numbers', () =>
    untilDone(steps.match, plan, TIMEOUT_MS.figures),
  );
  const [combined, { answer: figures }] = await phase('judging together', () =>
    untilDone(steps.combine, known, TIMEOUT_MS.figures),
  );
  const [written, last] = await phase('filing and writing', () => untilDone(steps.write, figures, TIMEOUT_MS.write));
  const { made, summary } = madeBy(last.answer);

  announce('reading the files');
  const { irs, colorado } = readYear(ground, program);
  const due = payees.filter((one) => one.irs);
  const cents = due.reduce((sum, one) => sum + one.cents, 0);
  const read = sumOf(irs.flat());
  if (read.records !== due.length || read.compensationCents !== cents || summary.filed.cents !== cents)
    throw new Error(
      `the files have ${read.records} returns of ${read.compensationCents} cents, due are ${due.length} of ${cents}`,
    );
  if (colorado.flat().length !== payees.filter((one) => one.colorado).length)
    throw new Error('the files of Colorado are not those of its payees');
  const [again] = await phase('once more, with nothing left to do', () => rerun(steps, order, untilDone));

  const records = read.records + colorado.flat().length;
  const phases = { assessed, matched, combined, written, again };
  const per = (value: number) => round(value / count, 3);
  const figure = (key: string, value: number, unit: string, what: string, bar?: string): Figure => ({
    ...{ key: `yearEnd.${key}`, value, unit, what },
    ...(bar !== undefined && { bar }),
  });
  return {
    title: 'Year end',
    figures: [
      figure('payees', count, '', 'of fourteen kinds, those with nothing to report among them'),
      figure(
        'returns',
        records,
        '',
        `records in ${made.length} submissions: ${irs.length} for the IRS, the rest for a state`,
      ),
      figure(
        'mostInFile',
        Math.max(...[...irs, ...colorado].map((one) => one.length)),
        '',
        'records in the largest file',
        '≤ 100',
      ),
      figure('writeCalls', last.calls, '', 'calls of the last step, of 15 minutes at most'),
      figure('handedOn', handedOn, 'B', 'most that a step handed on', '≤ 262,144'),
      ...Object.entries(phases).flatMap(([name, one]) => [
        figure(
          `${name}.msPerPayee`,
          per(one.seconds * 1_000),
          'ms',
          `${WHAT[name]}; ${round(one.seconds, 1)} s in all`,
        ),
        figure(`${name}.rru`, per(one.readUnits), 'RRU', 'read units a payee'),
        figure(`${name}.wru`, per(one.writeUnits), 'WRU', 'write units a payee'),
        figure(`${name}.kms`, per(one.opened), '', 'fields opened a payee'),
      ]),
    ],
    notes: [
      'One process calls the steps as the workflow does; DynamoDB, KMS and S3 are the local ones, on the same cores. Units and counts are the same on AWS, seconds are not.',
      'Every return was read again from the files: one for each that is due by hand, and the sums are those of the payments to the cent.',
    ],
  };
}

const WHAT: Readonly<Record<string, string>> = {
  assessed: 'years from the ledger',
  matched: 'taxpayer numbers compared, all for the first time',
  combined: 'those with one number judged together',
  written: 'filed, written, drawn and summed up',
  again: 'the same once more, when nothing changed',
};

async function rerun(
  steps: FilingSteps,
  order: object,
  untilDone: (step: Step, input: object, timeoutMs: number) => Promise<{ answer: Record<string, unknown> }>,
): Promise<void> {
  const { plan } = await fanOut(steps.plan, steps.assess, order, lambda(TIMEOUT_MS.figures * 1_000));
  const { answer: known } = await untilDone(steps.match, plan, TIMEOUT_MS.figures);
  const { answer: figures } = await untilDone(steps.combine, known, TIMEOUT_MS.figures);
  const { answer } = await untilDone(steps.write, figures, TIMEOUT_MS.write);
  if (madeBy(answer).made.length > 0) throw new Error('a second run filed something');
}
