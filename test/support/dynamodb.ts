import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as wait } from 'node:timers/promises';
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DynamoDBClient,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/** Names of the six tables in one engine. */
export interface Tables {
  readonly core: string;
  readonly clicks: string;
  readonly conversions: string;
  readonly ledger: string;
  readonly vault: string;
  readonly webhooks: string;
}

export interface Dynamodb {
  readonly endpoint: string;
  readonly client: DynamoDBDocumentClient;
  /** Creates the six tables as the stacks define them; a prefix gives one test file several sets. */
  createTables(prefix?: string): Promise<Tables>;
  stop(): Promise<void>;
}

const BINARY = join(import.meta.dirname, '../../node_modules/@dynoxide/linux-x64/dynoxide');
const CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' };

/**
 * A DynamoDB engine of this test file's own, on a free port of the loopback and a folder that goes with it.
 * The environment is set so that clients made without arguments (those of the functions) reach it too.
 */
export async function startDynamodb(): Promise<Dynamodb> {
  const folder = mkdtempSync(join(tmpdir(), 'dynamodb-'));
  const file = join(folder, 'engine.db');
  const first = await launch(file);
  await first.stop();
  indexStream(file);
  const engine = await launch(file);
  process.once('exit', engine.kill);

  process.env.AWS_REGION = 'us-east-1';
  process.env.AWS_ACCESS_KEY_ID = CREDENTIALS.accessKeyId;
  process.env.AWS_SECRET_ACCESS_KEY = CREDENTIALS.secretAccessKey;
  process.env.AWS_ENDPOINT_URL_DYNAMODB = engine.endpoint;
  const bare = new DynamoDBClient({ endpoint: engine.endpoint, region: 'us-east-1', credentials: CREDENTIALS });
  const client = DynamoDBDocumentClient.from(bare, { marshallOptions: { removeUndefinedValues: true } });

  return {
    endpoint: engine.endpoint,
    client,
    createTables: (prefix = 'test') => createTables(bare, prefix),
    async stop() {
      client.destroy();
      process.off('exit', engine.kill);
      await engine.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function launch(file: string) {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    const child = spawn(BINARY, ['serve', '--host', '127.0.0.1', '--port', String(port), '--db-path', file], {
      stdio: 'ignore',
    });
    const endpoint = `http://127.0.0.1:${port}`;
    if (await answers(endpoint, child))
      return { endpoint, kill: () => child.kill('SIGKILL'), stop: () => ended(child) };
    child.kill('SIGKILL');
    if (attempt === 3) throw new Error(`the DynamoDB engine ${BINARY} does not start`);
  }
}

/** The engine looks up its last stream record at every write; without this index that reads them all. */
function indexStream(file: string) {
  const database = new DatabaseSync(file);
  database.exec(
    'CREATE INDEX IF NOT EXISTS stream_order ON _stream_records(table_name, CAST(sequence_number AS INTEGER))',
  );
  database.close();
}

async function answers(endpoint: string, child: ChildProcess): Promise<boolean> {
  for (let i = 0; i < 500 && child.exitCode === null; i += 1) {
    try {
      await fetch(endpoint);
      return child.exitCode === null;
    } catch {
      await wait(10);
    }
  }
  return false;
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null) return resolve();
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}

type Index = { readonly name: string; readonly pk: string; readonly sk: string; readonly keysOnly?: boolean };
type Shape = {
  readonly indexes?: readonly Index[];
  readonly stream?: 'NEW_IMAGE' | 'NEW_AND_OLD_IMAGES';
  readonly ttl?: boolean;
};

const SHAPES: Readonly<Record<keyof Tables, Shape>> = {
  core: { indexes: [{ name: 'partner', pk: 'gsi1pk', sk: 'gsi1sk' }], stream: 'NEW_AND_OLD_IMAGES', ttl: true },
  clicks: { stream: 'NEW_IMAGE', ttl: true },
  conversions: {
    indexes: [
      { name: 'open', pk: 'openPk', sk: 'openSk', keysOnly: true },
      { name: 'day', pk: 'dayPk', sk: 'daySk', keysOnly: true },
    ],
    stream: 'NEW_AND_OLD_IMAGES',
  },
  ledger: { stream: 'NEW_IMAGE' },
  vault: {},
  webhooks: { indexes: [{ name: 'open', pk: 'openPk', sk: 'openSk', keysOnly: true }], ttl: true },
};

async function createTables(client: DynamoDBClient, prefix: string): Promise<Tables> {
  const names: [string, string][] = [];
  for (const [role, shape] of Object.entries(SHAPES)) {
    const name = `${prefix}-${role}`;
    await client.send(new CreateTableCommand(definition(name, shape)));
    if (shape.ttl) {
      const TimeToLiveSpecification = { AttributeName: 'expiresAt', Enabled: true };
      await client.send(new UpdateTimeToLiveCommand({ TableName: name, TimeToLiveSpecification }));
    }
    names.push([role, name]);
  }
  return Object.fromEntries(names) as unknown as Tables;
}

function definition(name: string, { indexes = [], stream }: Shape): CreateTableCommandInput {
  const keys = ({ pk, sk }: Pick<Index, 'pk' | 'sk'>) => [
    { AttributeName: pk, KeyType: 'HASH' as const },
    { AttributeName: sk, KeyType: 'RANGE' as const },
  ];
  const own = { pk: 'pk', sk: 'sk' };
  return {
    TableName: name,
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: keys(own),
    AttributeDefinitions: [own, ...indexes].flatMap(({ pk, sk }) => [
      { AttributeName: pk, AttributeType: 'S' },
      { AttributeName: sk, AttributeType: 'S' },
    ]),
    ...(indexes.length && {
      GlobalSecondaryIndexes: indexes.map((index) => ({
        IndexName: index.name,
        KeySchema: keys(index),
        Projection: { ProjectionType: index.keysOnly ? 'KEYS_ONLY' : 'ALL' },
      })),
    }),
    ...(stream && { StreamSpecification: { StreamEnabled: true, StreamViewType: stream } }),
  };
}
