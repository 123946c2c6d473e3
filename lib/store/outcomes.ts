import { createHash } from 'node:crypto';
import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { ARMS, type Arm } from '../experiments/experiment.ts';
import type { Outcome } from '../experiments/outcome.ts';
import { type ArmTally, emptyTally, SUMS, sumOf, type Tally, tallyOf } from '../experiments/tally.ts';
import type { Instant } from '../time.ts';
import { readItems } from './read-many.ts';
import { type Write, writeTogether } from './transaction.ts';

/**
 * What became of the units of an experiment, and their sums.
 *
 * | access pattern                        | index | key                                                             |
 * | ------------------------------------- | ----- | --------------------------------------------------------------- |
 * | an outcome                            | table | `<brand>#<experiment>#OUTCOMES` / `UNIT#` or `BLOCK#`, its name |
 * | all days of an experiment of blocks   | table | same, sk begins with `BLOCK#`                                   |
 * | the sums                              | table | same, sk begins with `SUM#`                                     |
 *
 * An outcome is a put that fails when the row is there, in one transaction with the sums it adds to: told twice it counts once, and a
 * million units are summed by reading a handful of rows. The sums are spread over {@link SUM_ROWS} rows, so that writers seldom collide.
 * Rows of units go by TTL once the result stands: it rests on the sums alone.
 */
const SUM_ROWS = 16;
/** A transaction takes a hundred writes; one is for the sums. */
const TOGETHER = 99;

export interface OutcomesKey {
  readonly brandId: string;
  readonly experimentId: string;
}

export interface Told {
  readonly at: Instant;
  /** API key it was told with. */
  readonly keyId: string;
  /** When the rows may go, epoch seconds; never when absent. */
  readonly expiresAt?: number;
}

export type TellingResult = 'recorded' | 'already-there' | 'different';

export function outcomes(client: DynamoDBDocumentClient, table: string) {
  const keyOf = (of: OutcomesKey, outcome: Outcome) => ({
    pk: partition(of),
    sk: `${outcome.day === undefined ? 'UNIT' : 'BLOCK'}#${outcome.name}`,
  });

  /** Writes outcomes of different names, at most {@link TOGETHER}; answers what became of each. */
  async function recordTogether(
    of: OutcomesKey,
    given: readonly Outcome[],
    told: Told,
  ): Promise<Map<string, TellingResult>> {
    const results = new Map<string, TellingResult>();
    let left = [...given];
    while (left.length > 0) {
      const puts = left.map(
        (outcome): Write => ({
          Put: {
            TableName: table,
            Item: { ...keyOf(of, outcome), ...rowOf(outcome), at: told.at, by: told.keyId, expiresAt: told.expiresAt },
            ConditionExpression: 'attribute_not_exists(pk)',
          },
        }),
      );
      const written = await writeTogether(client, [...puts, addition(table, of, left)]);
      if (written.written) {
        for (const { name } of left) results.set(name, 'recorded');
        return results;
      }
      const there = written.failed.map((place) => left[place]!);
      const found = await readItems(
        client,
        table,
        there.map((outcome) => keyOf(of, outcome)),
        { consistent: true },
      );
      const bySk = new Map(found.map((item) => [item.sk, item]));
      for (const outcome of there)
        results.set(outcome.name, isSame(bySk.get(keyOf(of, outcome).sk), outcome) ? 'already-there' : 'different');
      left = left.filter((outcome) => !results.has(outcome.name));
    }
    return results;
  }

  async function* items(of: OutcomesKey, prefix: string): AsyncGenerator<Record<string, unknown>> {
    let ExclusiveStartKey: Record<string, unknown> | undefined;
    do {
      const page = await client.send(
        new QueryCommand({
          TableName: table,
          KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
          ExpressionAttributeValues: { ':pk': partition(of), ':prefix': prefix },
          ConsistentRead: true,
          ...(ExclusiveStartKey && { ExclusiveStartKey }),
        }),
      );
      yield* page.Items ?? [];
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey);
  }

  return {
    /** Records outcomes, in their order; answers what became of each. The same name twice with other facts: the first stands. */
    async record(of: OutcomesKey, given: readonly Outcome[], told: Told): Promise<TellingResult[]> {
      const first = new Map<string, Outcome>();
      for (const outcome of given) if (!first.has(outcome.name)) first.set(outcome.name, outcome);
      const results = new Map<string, TellingResult>();
      const distinct = [...first.values()];
      for (let start = 0; start < distinct.length; start += TOGETHER)
        for (const [name, result] of await recordTogether(of, distinct.slice(start, start + TOGETHER), told))
          results.set(name, result);
      return given.map((outcome) => {
        const original = first.get(outcome.name)!;
        if (original === outcome) return results.get(outcome.name)!;
        return isSame(rowOf(original), outcome) ? 'already-there' : 'different';
      });
    },

    /** The sums of everything told so far. */
    async tally(of: OutcomesKey): Promise<Tally> {
      const tallies: Tally[] = [];
      for await (const item of items(of, 'SUM#')) tallies.push(toTally(item));
      return sumOf(tallies);
    },

    /** Every day told of, for experiments of blocks. */
    async blocks(of: OutcomesKey): Promise<Outcome[]> {
      const all: Outcome[] = [];
      for await (const item of items(of, 'BLOCK#')) all.push(toOutcome(item));
      return all;
    },
  };
}

const partition = ({ brandId, experimentId }: OutcomesKey) => `${brandId}#${experimentId}#OUTCOMES`;

/** The facts of a row, under short names: a million of them are stored. */
const rowOf = ({ name, arm, units, saw, conversions, revenueCents, geo, day }: Outcome) => ({
  n: name,
  a: arm,
  u: units,
  s: saw,
  c: conversions,
  r: revenueCents,
  ...(geo !== undefined && { g: geo }),
  ...(day !== undefined && { d: day }),
});

function toOutcome({ n, a, u, s, c, r, g, d }: Record<string, unknown>): Outcome {
  return { name: n, arm: a, units: u, saw: s, conversions: c, revenueCents: r, geo: g, day: d } as Outcome;
}

const isSame = (row: Record<string, unknown> | undefined, outcome: Outcome): boolean =>
  row !== undefined && Object.entries(rowOf(outcome)).every(([name, value]) => row[name] === value);

/** Adds outcomes to one of the rows of sums. */
function addition(table: string, of: OutcomesKey, given: readonly Outcome[]): Write {
  const row = createHash('sha256').update(given[0]!.name).digest()[0]! % SUM_ROWS;
  const tally = tallyOf(given);
  const sums = ARMS.flatMap((arm) => SUMS.map((sum) => ({ name: `${arm}_${sum}`, value: tally[arm][sum] })));
  const moved = sums.filter(({ value }) => value !== 0n);
  return {
    Update: {
      TableName: table,
      Key: { pk: partition(of), sk: `SUM#${row}` },
      UpdateExpression: `ADD ${moved.map(({ name }) => `${name} :${name}`).join(', ')}`,
      ExpressionAttributeValues: Object.fromEntries(moved.map(({ name, value }) => [`:${name}`, value])),
    },
  };
}

function toTally(item: Record<string, unknown>): Tally {
  const of = (arm: Arm) =>
    Object.fromEntries(
      SUMS.map((sum) => [sum, BigInt((item[`${arm}_${sum}`] ?? 0) as number | bigint)]),
    ) as unknown as ArmTally;
  return { ...emptyTally(), exposed: of('exposed'), holdout: of('holdout') };
}
