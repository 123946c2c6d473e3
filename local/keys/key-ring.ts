import type { Entropy } from '../../lib/entropy.ts';
import { AwsFault } from '../aws-json.ts';
import type { Assembly } from '../contract.ts';
import { openDatabase } from '../durable.ts';

export interface Key {
  readonly id: string;
  readonly arn: string;
  readonly material: Uint8Array;
  /** `ENCRYPT_DECRYPT` or `GENERATE_VERIFY_MAC`. */
  readonly usage: string;
  readonly spec: string;
  readonly description: string;
  readonly enabled: boolean;
  readonly createdMs: number;
}

export interface KeyRing {
  /** By key id, key ARN, alias name or alias ARN; refuses with `NotFoundException`. */
  key(reference: string): Key;
  all(): readonly Key[];
  close(): void;
}

const SCHEMA =
  'CREATE TABLE IF NOT EXISTS material (id TEXT PRIMARY KEY, bytes BLOB NOT NULL, created_ms INTEGER NOT NULL)';
/** Keys that AWS itself keeps in every account, made here on first use. */
const AWS_MANAGED = /^alias\/aws\/([a-z0-9]+)$/;
const SPECS = ['SYMMETRIC_DEFAULT', 'HMAC_256'];

/**
 * The keys of `AWS::KMS::Key` and their aliases. Only the key material is stored: the rest is read from the template at every start,
 * so what was encrypted before a restart opens after it, and a changed description or switched-off key takes effect.
 */
export function openKeyRing(ground: {
  readonly assembly: Assembly;
  readonly folder: string;
  readonly region: string;
  readonly account: string;
  readonly nowMs: number;
  readonly entropy: Entropy;
}): KeyRing {
  const database = openDatabase(ground.folder, SCHEMA);
  const arnOf = (resource: string) => `arn:aws:kms:${ground.region}:${ground.account}:${resource}`;
  const keys = new Map<string, Key>();
  const aliases = new Map<string, string>();

  const admit = (key: Omit<Key, 'material' | 'createdMs'>): Key => {
    const insert = database.prepare('INSERT OR IGNORE INTO material (id, bytes, created_ms) VALUES (?, ?, ?)');
    insert.run(key.id, ground.entropy(32), ground.nowMs);
    const row = database.prepare('SELECT bytes, created_ms FROM material WHERE id = ?').get(key.id);
    const whole = { ...key, material: row?.bytes as Uint8Array, createdMs: Number(row?.created_ms) };
    keys.set(key.id, whole);
    return whole;
  };

  for (const resource of ground.assembly.ofType('AWS::KMS::Key')) {
    const { KeySpec, KeyUsage, Description, Enabled } = resource.properties;
    const spec = String(KeySpec ?? 'SYMMETRIC_DEFAULT');
    if (!SPECS.includes(spec)) {
      throw new Error(
        `${resource.stack}/${resource.logicalId}: key spec ${spec} does not run on the laptop; use ${SPECS.join(' or ')}.`,
      );
    }
    admit({
      id: resource.arn.split('/').at(-1) ?? resource.physicalName,
      arn: resource.arn,
      usage: String(KeyUsage ?? 'ENCRYPT_DECRYPT'),
      spec,
      description: String(Description ?? ''),
      enabled: Enabled !== false && Enabled !== 'false',
    });
  }
  for (const { properties } of ground.assembly.ofType('AWS::KMS::Alias')) {
    aliases.set(String(properties.AliasName), String(properties.TargetKeyId).split('/').at(-1) ?? '');
  }

  const find = (reference: string): Key | undefined => {
    const short = reference.startsWith('arn:') ? (reference.split(':').at(-1) ?? '') : reference;
    const managed = AWS_MANAGED.exec(short);
    if (managed) {
      const id = `aws-${managed[1]}`;
      const facts = {
        usage: 'ENCRYPT_DECRYPT',
        spec: 'SYMMETRIC_DEFAULT',
        description: `Default key of ${managed[1]}`,
        enabled: true,
      };
      return keys.get(id) ?? admit({ id, arn: arnOf(`key/${id}`), ...facts });
    }
    if (short.startsWith('alias/')) return keys.get(aliases.get(short) ?? '');
    return (
      keys.get(short.replace(/^key\//, '')) ??
      (short.startsWith('aws-') ? find(`alias/aws/${short.slice(4)}`) : undefined)
    );
  };

  return {
    key(reference) {
      const key = find(reference);
      if (!key) throw new AwsFault('NotFoundException', `Key '${reference}' does not exist`);
      return key;
    },
    all: () => [...keys.values()],
    close: () => database.close(),
  };
}
