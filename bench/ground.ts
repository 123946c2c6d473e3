import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { synthesize } from '../infra/synthesize.ts';
import { bootStacks, type Laptop } from '../local/boot.ts';
import type { Credentials } from '../local/credentials.ts';
import { firstBrand } from '../local/first-brand.ts';
import type { BrandApi } from '../local/story/brand-api.ts';
import { people } from '../local/story/tell.ts';

export interface Member {
  readonly partnerId: string;
  readonly link: string;
}
export interface BenchGround {
  readonly laptop: Laptop;
  readonly credentials: Credentials;
  readonly owner: BrandApi;
  readonly brandId: string;
  readonly programId: string;
  readonly members: readonly Member[];
  close(): Promise<void>;
}

export const AT = '2026-03-02T10:00:00.000Z';

/** The stacks of the prod stage, whose throttling lets a bench through, with one program and its partners. */
export async function benchGround(partners = 20): Promise<BenchGround> {
  const dir = mkdtempSync(join(tmpdir(), 'tributary-bench-'));
  const assemblyDir = join(dir, 'cdk.out');
  await synthesize({ context: { stage: 'prod' }, outdir: assemblyDir, checked: false });
  const dataDir = join(dir, 'data');
  const laptop = await bootStacks({ assemblyDir, dataDir, settings: { port: 0 }, schedules: 'paused' });
  const credentials = await firstBrand(laptop, dataDir);
  const { owner } = people(credentials);
  const { programId } = await owner.call<{ programId: string }>('POST', '/v1/programs', {
    at: AT,
    body: {
      name: 'Bench',
      currency: 'USD',
      destinationUrl: 'https://shop.example/welcome',
      policy: { model: 'last-touch', lookbackDays: 30 },
      plan: {
        name: 'Eight percent',
        rules: [{ id: 'base', label: 'Everything', when: {}, pay: { kind: 'percent', rateBps: 800 } }],
      },
    },
  });
  const members: Member[] = [];
  for (let place = 1; place <= partners; place += 1) {
    const { partnerId } = await owner.call<{ partnerId: string }>('POST', '/v1/partners', {
      at: AT,
      body: { name: `Partner ${place}`, email: `p${place}@partners.example`, type: 'content' },
    });
    await owner.call('POST', `/v1/programs/${programId}/enrolments`, { at: AT, body: { partnerId } });
    const { link } = await owner.call<{ link: string }>('POST', '/v1/links', {
      at: AT,
      body: { programId, partnerId },
    });
    members.push({ partnerId, link });
  }
  return {
    laptop,
    credentials,
    owner,
    brandId: credentials.brandId,
    programId,
    members,
    async close() {
      await laptop.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
