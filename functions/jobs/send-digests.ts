import { SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { documentClient } from '../../lib/aws/document-client.ts';
import { env } from '../../lib/aws/env.ts';
import { job } from '../../lib/aws/job.ts';
import { queue } from '../../lib/aws/queue.ts';
import { addDays, dayIn } from '../../lib/calendar.ts';
import { NO_PARTNER } from '../../lib/measures/day.ts';
import { isWorthAMail } from '../../lib/messages/digest.ts';
import { digestDue } from '../../lib/messages/mail-order.ts';
import { BrandId } from '../../lib/programs/brand.ts';
import { InstantField, ProgramId } from '../../lib/programs/program.ts';
import { brands } from '../../lib/store/brands.ts';
import { days } from '../../lib/store/days.ts';
import { programs, type StoredProgram } from '../../lib/store/programs.ts';
import { walk } from '../../lib/store/walk.ts';

/**
 * Orders a digest for each partner who had movement yesterday, "yesterday" being each program's own last full day. The figures are those
 * of the moment; a mail's id comes from partner, program and day, so a rerun orders the same mails and none is sent twice.
 */
const client = documentClient();
const core = env('coreTable');
const store = { brands: brands(client, core), programs: programs(client, core), days: days(client, core) };
const mails = queue(new SQSClient({}), env('mailQueue'));

/** All fields are optional: the schedule sends none of them, and covers every brand as of now. */
const Input = z.object({ brandId: BrandId.optional(), programId: ProgramId.optional(), asOf: InstantField.optional() });

export const handler = job(Input, async ({ brandId, programId, asOf }, { recordedAt }) => {
  const at = asOf ?? recordedAt;
  const tally = { programs: 0, mails: 0 };
  for await (const brand of brandsOf(brandId)) {
    for await (const program of programsOf(brand.brandId, programId)) {
      tally.programs += 1;
      tally.mails += await orderDigests(program, at);
    }
  }
  return { asOf: at, tally };
});

async function orderDigests({ brandId, programId, timeZone, currency }: StoredProgram, at: string): Promise<number> {
  const day = addDays(dayIn(at, timeZone), -1);
  const rows = await store.days.ofDay(brandId, programId, day);
  const due = rows
    .filter((row) => row.partnerId !== NO_PARTNER && isWorthAMail(row))
    .map(({ partnerId, clicks, conversions, revenueCents, commissionCents, returns }) =>
      digestDue(brandId, at, {
        programId,
        partnerId,
        day,
        currency,
        clicks,
        conversions,
        revenueCents,
        commissionCents,
        returns,
      }),
    );
  await mails.sendAll(due);
  return due.length;
}

function brandsOf(brandId?: string): AsyncIterable<{ brandId: string }> | { brandId: string }[] {
  return brandId === undefined ? walk({ one: store.brands.get, list: store.brands.list }) : [{ brandId }];
}

async function* programsOf(brandId: string, programId?: string): AsyncGenerator<StoredProgram> {
  if (programId === undefined) {
    const one = (id: string) => store.programs.get(brandId, id);
    return yield* walk({ one, list: (request) => store.programs.list(brandId, request) });
  }
  const program = await store.programs.get(brandId, programId);
  if (!program) throw new RangeError(`there is no program ${programId} of ${brandId}`);
  yield program;
}
