import { gunzipSync, gzipSync } from 'node:zlib';
import { atOnce } from '../at-once.ts';
import type { files } from '../aws/files.ts';
import type { Day } from '../calendar.ts';
import type { Click } from '../tracking/click.ts';
import { clickLines } from '../tracking/kept-clicks.ts';

/**
 * Clicks of a program by day, as a batch of the click stream brought them: what a comparison of partners reads, because the clicks table
 * can only be asked for one visitor at a time.
 *
 * | access pattern                       | key                                                                                   |
 * | ------------------------------------ | ------------------------------------------------------------------------------------- |
 * | keep a batch, once however delivered | `journeys/<brand>/<program>/<UTC day>/<shard>-<first sequence number>-<clicks>.gz`    |
 * | how many clicks a day has at most    | a listing of the day: the last part of each name                                      |
 * | the clicks of a day                  | the objects listed, lines of `lib/tracking/kept-clicks.ts`, compressed                |
 *
 * A batch that is delivered again has the same name. One that is cut elsewhere the second time leaves some clicks in two objects; readers
 * drop the second by visitor, time and nonce. A lifecycle rule of the bucket deletes objects after as many days as clicks are kept.
 */
export interface KeptObject {
  readonly key: string;
  readonly clicks: number;
}

type Files = ReturnType<typeof files>;
/** Puts at once: a batch of a busy shard holds a handful of programs, mostly of one day. */
const WIDTH = 8;

const folder = (brandId: string, programId: string, day: Day) => `journeys/${brandId}/${programId}/${day}/`;

export const keptClicks = (documents: Pick<Files, 'put' | 'list' | 'bytes'>) => ({
  /** Keeps what a batch of a shard brought, in the shard's order. */
  async keep(shardId: string, seen: readonly { readonly click: Click; readonly sequence: string }[]): Promise<void> {
    const groups = Map.groupBy(seen, ({ click }) => folder(click.brandId, click.programId, click.at.slice(0, 10)));
    await atOnce(WIDTH, [...groups], ([where, group]) => {
      const key = `${where}${shardId}-${group[0]!.sequence}-${group.length}.gz`;
      return documents.put(key, gzipSync(clickLines(group.map(({ click }) => click))), 'application/gzip');
    });
  },

  async ofDay(brandId: string, programId: string, day: Day): Promise<KeptObject[]> {
    const keys = await documents.list(folder(brandId, programId, day));
    return keys.map((key) => ({ key, clicks: Number(/-(\d+)\.gz$/.exec(key)?.[1] ?? 0) }));
  },

  /** Lines of an object; none when it was deleted meanwhile. */
  async lines(key: string): Promise<string> {
    const packed = await documents.bytes(key);
    return packed === undefined ? '' : gunzipSync(packed).toString('utf8');
  },
});
