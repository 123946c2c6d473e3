/** What a plan saw of a shard of open work: how many conversions, and whether there are more than it looked at. */
export interface SeenShard {
  readonly shard: number;
  readonly seen: number;
  readonly more: boolean;
}

/**
 * Which shards are worked on together. Two workers that post to one partner at the same time cost a second attempt, and a partner's orders
 * that meet in one journal cost one write, so little work is one worker's; a shard with more than a page of its own has a worker of its own.
 *
 * @param page conversions one worker takes at a time.
 */
export function workloads(shards: readonly SeenShard[], page: number): number[][] {
  const together: { shards: number[]; seen: number }[] = [];
  const alone: number[][] = [];
  for (const { shard, seen, more } of shards) {
    if (seen === 0 && !more) continue;
    if (more) {
      alone.push([shard]);
      continue;
    }
    const last = together.at(-1);
    if (last && last.seen + seen <= page) {
      last.shards.push(shard);
      last.seen += seen;
    } else together.push({ shards: [shard], seen });
  }
  return [...together.map((load) => load.shards), ...alone];
}
