import { type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { type Cap, levelOf, windowAt, windowEnd } from '../caps/cap.ts';
import { derive } from '../ids.ts';
import { standingAt } from '../partners/enrolment.ts';
import type { Instant } from '../time.ts';
import type { Click } from '../tracking/click.ts';
import { type CounterRow, counterPartition } from './cap-counters.ts';
import { caps as capStore } from './caps.ts';
import { countInto, marksOf } from './days.ts';
import { enrolments as enrolmentStore } from './enrolments.ts';
import { links as linkStore, type StoredLink } from './links.ts';
import { readItems } from './read-many.ts';

/** A click as its stream tells it. */
export interface SeenClick {
  readonly click: Click;
  /** Place in its shard, and when it entered the stream in epoch seconds. */
  readonly sequence: string;
  readonly enteredAt: number;
  /** Whether it counts, or was only recorded. */
  readonly counts: boolean;
  /** The program's. */
  readonly timeZone: string;
}

/** Caps are looked up again after this long. */
const FRESH_MS = 60_000;

/**
 * Keeps caps on clicks, away from the clicks themselves: a click costs one write, and a counter in its way would be a second.
 *
 * Clicks are counted from the stream, exactly once, in a row for each window (core table, see `cap-counters.ts`). A link that was clicked
 * while a hard cap on it is full is marked `capped`, and unmarked when it is clicked and none is. So a cap on clicks lags by the stream's
 * window and the click function's memory of links, some two minutes, and each link of a program learns of it by a click of its own.
 * A program without caps on clicks costs one query a minute while it is clicked.
 */
export function keepClickCaps(client: DynamoDBDocumentClient, table: string) {
  const stores = {
    caps: capStore(client, table),
    enrolments: enrolmentStore(client, table),
    links: linkStore(client, table),
  };
  const known = new Map<string, { readonly caps: readonly Cap[]; readonly untilMs: number }>();

  async function capsOf(brandId: string, programId: string, now: number): Promise<readonly Cap[]> {
    const id = `${brandId}#${programId}`;
    const found = known.get(id);
    if (found && found.untilMs > now) return found.caps;
    const caps = (await stores.caps.all(brandId, programId)).filter(({ measure }) => measure === 'clicks');
    known.set(id, { caps, untilMs: now + FRESH_MS });
    return caps;
  }

  /** Adds the clicks of one window of a cap; answers how many it has, and tells whoever listens to the row when that is news. */
  async function count(cap: Cap, window: string, shard: string, clicks: readonly SeenClick[]): Promise<number> {
    const Key = { pk: counterPartition(cap), sk: window };
    const [before = {}] = await readItems(client, table, [Key], { consistent: true });
    const records = clicks.map(({ sequence, enteredAt }) => ({ sequence, at: enteredAt, by: { clicks: 1 } }));
    const counted =
      records.length > 0 ? await countInto(client, table, Key, shard, records, marksOf(before)) : undefined;
    const row = (counted ?? before) as Partial<CounterRow>;
    const { clicks: total = 0, used = 0, lim } = row;
    const told = lim === undefined ? 0 : levelOf({ used, limit: lim });
    if (records.length > 0 && (levelOf({ used: total, limit: cap.limit }) > told || (told > 0 && lim !== cap.limit))) {
      await client.send(
        new UpdateCommand({
          TableName: table,
          Key,
          UpdateExpression: 'SET used = :used, lim = :limit, what = :what, #scope = :scope, hard = :hard',
          ExpressionAttributeNames: { '#scope': 'scope' },
          ExpressionAttributeValues: {
            ':used': total,
            ':limit': cap.limit,
            ':what': cap.measure,
            ':scope': cap.scope,
            ':hard': cap.hard,
          },
        }),
      );
    }
    return total;
  }

  /** Marks or unmarks a link, as a change like anybody's: with its revision, its audit entry and whatever is a copy of it. */
  async function mark(link: StoredLink, until: { readonly end?: Instant | undefined } | undefined, at: Instant) {
    const capped = until !== undefined;
    if ((link.capped ?? false) === capped && link.cappedUntil === until?.end) return;
    let revision = link.revision;
    await stores.links.update(
      link.code,
      (row) => {
        revision = row.revision;
        return { ...row, capped: capped || undefined, cappedUntil: until?.end };
      },
      (before, after) => ({
        auditId: derive('audit', link.code, 'capped', revision),
        brandId: link.brandId,
        at,
        person: 'system:caps',
        keyId: '-',
        action: capped ? 'capLink' : 'uncapLink',
        target: link.code,
        before,
        after,
      }),
    );
  }

  async function ofProgram(shard: string, seen: readonly SeenClick[], nowMs: number): Promise<void> {
    const { brandId, programId } = seen[0]!.click;
    const caps = await capsOf(brandId, programId, nowMs);
    if (caps.length === 0) return;
    const people = caps.some(({ scope }) => scope.kind === 'group')
      ? await stores.enrolments.many(
          brandId,
          programId,
          seen.map(({ click }) => click.partnerId),
        )
      : new Map();
    const isOf = ({ scope }: Cap, { partnerId, at }: Click): boolean => {
      if (scope.kind === 'program') return true;
      if (scope.kind === 'partner') return scope.partnerId === partnerId;
      const enrolment = people.get(partnerId);
      return enrolment !== undefined && standingAt(enrolment, at).group === scope.group;
    };

    const newest = new Map<string, SeenClick>();
    for (const one of seen) {
      const known = newest.get(one.click.link);
      if (!known || known.click.at <= one.click.at) newest.set(one.click.link, one);
    }
    /** By link, the ends of the windows that are full; none when there is an end that never comes. */
    const full = new Map<string, (Instant | undefined)[]>();
    for (const cap of caps) {
      const own = seen.filter(({ click }) => isOf(cap, click));
      const byWindow = Map.groupBy(own, ({ click, timeZone }) => windowAt(cap, click.at, timeZone));
      for (const [window, clicks] of byWindow) {
        if (window === undefined) continue;
        const counting = clicks.filter(({ counts }) => counts);
        const total = await count(cap, window, shard, counting);
        if (!cap.hard || total < cap.limit) continue;
        for (const [link, { click, timeZone }] of newest)
          if (isOf(cap, click) && windowAt(cap, click.at, timeZone) === window)
            full.set(link, [...(full.get(link) ?? []), windowEnd(window, timeZone) ?? cap.endsAt]);
      }
    }
    for (const [code, link] of await stores.links.many(brandId, [...newest.keys()])) {
      const ends = full.get(code);
      const end = ends?.includes(undefined) ? undefined : ends?.toSorted().at(-1);
      await mark(link, ends && { end }, newest.get(code)!.click.at);
    }
  }

  return {
    /** Counts the clicks of a batch, in the shard's order, and marks the links they came through. Delivered again it changes nothing. */
    async keep(shard: string, clicks: readonly SeenClick[], nowMs: number): Promise<void> {
      const programs = Map.groupBy(clicks, ({ click }) => `${click.brandId}#${click.programId}`);
      for (const seen of programs.values()) await ofProgram(shard, seen, nowMs);
    },
  };
}
