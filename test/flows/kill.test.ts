import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, expect, test } from 'vitest';
import { readCredentials } from '../../local/credentials.ts';
import { execute } from '../../local/story/brand-api.ts';
import { people } from '../../local/story/tell.ts';
import type { Booted } from '../support/booted.ts';
import { firstPort } from '../support/first-port.ts';
import { type Browser, shop } from '../support/shop.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'tributary-kill-'));
let running: ChildProcess | undefined;

async function start(port: number): Promise<void> {
  running = spawn(process.execPath, ['local/start.ts', '--no-story', '--data', dataDir, '--port', String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: running.stdout! })) if (line.startsWith('Stays up')) return;
  throw new Error('the laptop ended before it was up');
}

afterAll(async () => {
  running?.kill('SIGTERM');
  if (running && running.exitCode === null && running.signalCode === null) await once(running, 'exit');
  rmSync(dataDir, { recursive: true, force: true });
});

test('kill -9 in the middle of a story and a restart lose nothing that was answered', {
  timeout: 120_000,
}, async () => {
  const port = await firstPort();
  await start(port);
  const credentials = readCredentials(dataDir)!;
  const ground = { credentials, people: people(credentials) } as unknown as Booted;
  const store = await shop(ground);
  const partner = await store.join('Partner');

  const answered: string[] = [];
  let stop = false;
  const shoppers = Array.from({ length: 8 }, async (_, shopper) => {
    for (let visit = 1; !stop; visit += 1) {
      const browser: Browser = {};
      const orderId = `K-${shopper}-${visit}`;
      try {
        await store.visit(browser, partner.link, '2026-03-02T10:00:00.000Z');
        const response = await fetch(`${credentials.apiUrl}/v1/conversions`, {
          method: 'POST',
          headers: {
            authorization: `Bearer ${credentials.keys.owner}`,
            'content-type': 'application/json',
            'x-tributary-time': '2026-03-02T11:00:00.000Z',
          },
          body: JSON.stringify({
            programId: store.programId,
            orderId,
            currency: 'USD',
            occurredAt: '2026-03-02T11:00:00.000Z',
            items: [{ sku: 'S', quantity: 1, unitPriceCents: 1000 }],
            clickId: browser.clickId,
          }),
        });
        if (response.status === 202) answered.push(orderId);
      } catch {
        return;
      }
    }
  });
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  running!.kill('SIGKILL');
  stop = true;
  await Promise.all(shoppers);
  expect(answered.length).toBeGreaterThan(20);

  await start(port);
  for (const orderId of answered) await store.conversion(orderId);
  await execute(
    ground.people.owner,
    'settle-conversions',
    { asOf: '2026-03-03T00:00:00.000Z' },
    '2026-03-03T00:00:00.000Z',
  );
  // 8 % of 10.00 each; an order that was stored but not answered before the kill counts as well.
  const { payable } = await store.balances(partner.partnerId);
  expect(payable).toBeGreaterThanOrEqual(answered.length * 80);
  expect(existsSync(join(dataDir, 'credentials.json'))).toBe(true);
});
