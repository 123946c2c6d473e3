import type { Construct } from 'constructs';
import { HouseStack, type WatchedSetting } from '../constructs/house-stack.ts';
import { StreamWorker } from '../constructs/stream-worker.ts';
import { READ, WRITE } from '../constructs/table.ts';
import type { DataStack } from './data.ts';

/** Daily figures by partner, counted from the streams. */
export class MeasuresStack extends HouseStack {
  readonly counter: StreamWorker;

  constructor(scope: Construct, setting: WatchedSetting, data: DataStack) {
    super(scope, 'measures', setting, 'counts clicks, conversions and commissions by day');
    this.counter = new StreamWorker(this, 'stream/count-day', {
      sources: { clicks: data.clicks, conversions: data.conversions, ledger: data.ledger },
      batchSize: 1_000,
      windowSeconds: 20,
      tumblingSeconds: 60,
      lateIsSeen: true,
      memoryMb: 512,
      timeoutSeconds: 120,
      access: [data.core.may(...READ, ...WRITE), data.writeDocuments('journeys')],
      impact: 'Daily figures and digests show less than really happened; commissions are not affected.',
    });
  }
}
