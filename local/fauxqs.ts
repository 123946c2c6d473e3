import { findPackageJSON } from 'node:module';
import { dirname, join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { type BuildAppOptions, buildApp } from 'fauxqs';
import type { AwsAnswer, AwsCall } from './contract.ts';

/**
 * The engine behind queues and objects, without its server.
 *
 * `startFauxqs` listens on every network interface and fixes the account in every ARN. So we build its stores ourselves and speak to its
 * request handlers in process; the stores are not exported by the package, hence the imports by file. The version is pinned.
 */
type Stores = NonNullable<BuildAppOptions['stores']>;
export type SqsStore = Stores['sqsStore'];
export type SqsQueue = ReturnType<SqsStore['createQueue']>;
export type SqsMessage = ReturnType<SqsQueue['inspectMessages']>['ready'][number];
export type S3Store = Stores['s3Store'];

/** The engine's writes to SQLite, as far as we load and mend them. */
export interface Persistence {
  readonly db: DatabaseSync;
  loadSqsAndSns(sqs: SqsStore, sns: Stores['snsStore']): void;
  loadS3(s3: S3Store): void;
  deleteMessage(messageId: string): void;
  updateMessageReady(messageId: string): void;
  close(): void;
}

export interface Engine extends Stores {
  readonly persistence: Persistence;
  /** Answers a request as the engine's server would. */
  answer(call: AwsCall): Promise<AwsAnswer>;
  close(): Promise<void>;
}

/** Opens the engine on a folder; what it holds is loaded by the caller, who knows which half is wanted. */
export async function openEngine(folder: string, region: string): Promise<Engine> {
  const manifest = findPackageJSON('fauxqs', import.meta.url);
  if (!manifest) throw new Error('The package fauxqs is not installed; run npm ci.');
  const load = (file: string) => import(pathToFileURL(join(dirname(manifest), 'dist', file)).href);
  const [{ SqsStore }, { SnsStore }, { S3Store }, { PersistenceManager }] = await Promise.all(
    ['sqs/sqsStore.js', 'sns/snsStore.js', 's3/s3Store.js', 'persistence.js'].map(load),
  );
  const stores: Stores = { sqsStore: new SqsStore(), snsStore: new SnsStore(), s3Store: new S3Store() };
  const persistence: Persistence = new PersistenceManager(folder);
  // A commit survives a killed process without a sync each; only a power cut could lose the last ones.
  persistence.db.exec('PRAGMA synchronous = NORMAL');
  const app = buildApp({ logger: false, defaultRegion: region, stores });
  await app.ready();

  return {
    ...stores,
    persistence,
    async answer(call) {
      const response = await app.inject({
        method: call.method as 'GET',
        url: call.path,
        headers: { ...call.headers, host: 'localhost' },
        ...(call.body.length > 0 ? { payload: call.body } : {}),
      });
      const headers = Object.entries(response.headers).flatMap(([name, value]) =>
        value === undefined || name === 'connection' ? [] : [[name, String(value)]],
      );
      return { status: response.statusCode, headers: Object.fromEntries(headers), body: response.rawPayload };
    },
    async close() {
      await app.close();
      persistence.close();
    },
  };
}
