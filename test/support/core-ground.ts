import { afterAll, beforeAll } from 'vitest';
import type { AuditEntry } from '../../lib/store/audit.ts';
import { type Dynamodb, startDynamodb, type Tables } from './dynamodb.ts';

export const BRAND = 'brd_aaaaaa';
export const OTHER = 'brd_eeeeee';
export const AT = '2026-03-29T10:00:00.000Z';

let entries = 0;

/** An audit entry of its own for each change. */
export function entry(target: string, brandId = BRAND): AuditEntry {
  entries += 1;
  const auditId = `aud_${String(entries).padStart(16, '0')}`;
  return {
    auditId,
    brandId,
    at: AT,
    person: 'ada@shop.example',
    keyId: 'key_01kaaaaaaaaaaaaa',
    action: 'test',
    target,
  };
}

/** An engine for the test file, started before its tests and stopped after them. */
export function coreGround(): { engine: Dynamodb; tables: Tables } {
  const ground = {} as { engine: Dynamodb; tables: Tables };
  beforeAll(async () => {
    ground.engine = await startDynamodb();
    ground.tables = await ground.engine.createTables();
  });
  afterAll(() => ground.engine.stop());
  return ground;
}
