import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { CfnResource } from 'aws-cdk-lib';
import { CfnPipe } from 'aws-cdk-lib/aws-pipes';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { bootStacks, type Laptop } from '../../local/boot.ts';
import { freePort } from '../../local/free-port.ts';
import { firstPort } from '../support/first-port.ts';
import { apiOf, bootFixture, FIXTURE, scratch, synthesizeFixture } from './fixture-app.ts';

let assemblyDir: string;
beforeAll(async () => {
  assemblyDir = await synthesizeFixture();
}, 20_000);

const laptops: Laptop[] = [];
afterEach(async () => {
  for (const laptop of laptops.splice(0)) await laptop.close();
});
const boot = async (...given: Parameters<typeof bootFixture>) => {
  const laptop = await bootFixture(...given);
  laptops.push(laptop);
  return laptop;
};

const post = (api: string, id: string) =>
  fetch(`${api}/items`, { method: 'POST', body: JSON.stringify({ id, owner: 'o' }) });
const ids = async ({ awsEndpoint, region, credentials }: Laptop, TableName: string) => {
  const client = DynamoDBDocumentClient.from(
    new DynamoDBClient({ endpoint: awsEndpoint, region, credentials: credentials() }),
  );
  return new Set(((await client.send(new ScanCommand({ TableName }))).Items ?? []).map(({ id }) => String(id)));
};

test('a request becomes a row, an index entry, a stream record and a second row', async () => {
  const laptop = await boot(assemblyDir);
  const made = await post(apiOf(laptop), 'a');
  expect([made.status, made.headers.get('x-made')]).toEqual([201, 'a']);
  await post(apiOf(laptop), 'b');
  expect(await (await fetch(`${apiOf(laptop)}/owners/o`)).json()).toEqual(['a', 'b']);
  await laptop.idle();
  expect(await ids(laptop, FIXTURE.seen)).toEqual(new Set(['INSERT a', 'INSERT b']));
});

test('a role without the permission is refused in the words of AWS', async () => {
  const laptop = await boot(assemblyDir);
  const answer = await fetch(`${apiOf(laptop)}/trespass`);
  expect([answer.status, await answer.text()]).toEqual([
    403,
    expect.stringMatching(
      /^AccessDeniedException: User: arn:aws:sts::000000000000:assumed-role\/fixture-work-trespass\w+ is not authorized to perform: dynamodb:GetItem on resource: arn:aws:dynamodb:us-east-1:000000000000:table\/fixture-items /,
    ),
  ]);
});

/** Whether a process is there and not merely waiting to be reaped. */
const runs = (pid: number) =>
  /^[^Z\s]/.test(spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).stdout);

describe('killed', () => {
  test('in the middle of writing, it has everything that it answered, and goes on with what it had not done', async () => {
    const dataDir = scratch('killed');
    const child = spawn(process.execPath, [join(import.meta.dirname, 'laptop-child.ts'), assemblyDir, dataDir], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [printed] = (await once(child.stdout, 'data')) as [Buffer];
    const api = printed.toString().trim();
    const answered: string[] = [];
    const writer = async (name: string) => {
      for (let n = 0; ; n += 1) {
        const answer = await post(api, `${name}${n}`).catch(() => undefined);
        if (answer?.status !== 201) return;
        answered.push(`${name}${n}`);
      }
    };
    const writers = ['w', 'x', 'y', 'z'].map(writer);
    await expect.poll(() => answered.length, { timeout: 10_000 }).toBeGreaterThan(40);
    child.kill('SIGKILL');
    await Promise.all(writers);
    const orphan = Number(readFileSync(join(dataDir, 'dynamodb', 'engine.pid'), 'utf8'));
    expect(runs(orphan)).toBe(true);

    const laptop = await boot(assemblyDir, { dataDir });
    expect(runs(orphan)).toBe(false);
    const rows = await ids(laptop, FIXTURE.items);
    expect(answered.filter((id) => !rows.has(id))).toEqual([]);
    await laptop.idle();
    const seen = await ids(laptop, FIXTURE.seen);
    expect(answered.filter((id) => !seen.has(`INSERT ${id}`))).toEqual([]);
  }, 30_000);
});

describe('a folder', () => {
  test('keeps everything over a restart, until it is started fresh', async () => {
    const dataDir = scratch('kept');
    const first = await boot(assemblyDir, { dataDir });
    await post(apiOf(first), 'kept');
    await first.close();
    const second = await boot(assemblyDir, { dataDir });
    expect(await ids(second, FIXTURE.items)).toEqual(new Set(['kept']));
    await second.close();
    const third = await boot(assemblyDir, { dataDir, fresh: true });
    expect(await ids(third, FIXTURE.items)).toEqual(new Set());
  }, 15_000);

  test('started fresh keeps an assembly that lies in it', async () => {
    const dataDir = scratch('inside');
    mkdirSync(join(dataDir, 'cdk.out'));
    writeFileSync(join(dataDir, 'cdk.out', 'manifest.json'), JSON.stringify({ artifacts: {} }));
    writeFileSync(join(dataDir, 'old.txt'), '');
    await boot(join(dataDir, 'cdk.out'), { dataDir, fresh: true });
    expect([existsSync(join(dataDir, 'cdk.out', 'manifest.json')), existsSync(join(dataDir, 'old.txt'))]).toEqual([
      true,
      false,
    ]);
  });

  test('belongs to one laptop at a time', async () => {
    const dataDir = scratch('claimed');
    const child = spawn(process.execPath, [join(import.meta.dirname, 'laptop-child.ts'), assemblyDir, dataDir], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    await expect(bootFixture(assemblyDir, { dataDir })).rejects.toThrow(
      `A laptop already runs on ${dataDir} (process ${child.pid})`,
    );
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
    await boot(assemblyDir, { dataDir });
  }, 15_000);
});

describe('refuses to start', () => {
  test('with a resource it does not know, by stack, logical id and type', async () => {
    const odd = await synthesizeFixture((data) => {
      new CfnPipe(data, 'Pipe', { roleArn: 'r', source: 's', target: 't' });
    });
    await expect(bootFixture(odd)).rejects.toThrow(/fixture-data\/Pipe is AWS::Pipes::Pipe/);
  });

  test("with a stream that its function's role may not read", async () => {
    const blind = await synthesizeFixture((_, work) => {
      const policy = work.node
        .findAll()
        .find(
          (node) =>
            node instanceof CfnResource &&
            node.cfnResourceType === 'AWS::IAM::Policy' &&
            node.node.path.includes('watch'),
        ) as CfnResource;
      policy.addPropertyOverride('PolicyDocument.Statement', []);
    });
    await expect(bootFixture(blind)).rejects.toThrow(/the role fixture-work-watch\w+ lacks dynamodb:DescribeStream/);
  });

  test('on a port that is taken, saying which and what for', async () => {
    const port = await freePort();
    const squatter = createServer().listen(port, '127.0.0.1');
    await once(squatter, 'listening');
    await expect(bootFixture(assemblyDir, { settings: { port, dynamodbEndpoint: undefined } })).rejects.toThrow(
      `Port ${port}, wanted for the laptop page, is taken`,
    );
    squatter.close();
  });

  test('without an assembly', async () => {
    await expect(bootStacks({ assemblyDir: scratch('empty'), dataDir: scratch('data') })).rejects.toThrow(
      /manifest\.json is missing/,
    );
  });
});

test('ports: the page first, HTTP APIs after it, all AWS APIs 99 above', async () => {
  const port = await firstPort();
  const laptop = await boot(assemblyDir, { settings: { port } });
  expect([laptop.pageUrl, ...Object.values(laptop.apis), laptop.awsEndpoint]).toEqual(
    [port, port + 1, port + 99].map((one) => `http://127.0.0.1:${one}`),
  );
  expect(laptop.assembly.outputs).toMatchObject({
    ApiUrl: `http://127.0.0.1:${port + 1}`,
    DefaultUrl: `http://127.0.0.1:${port + 1}/`,
  });
});

describe('the front door refuses', () => {
  const signedFor = (service: string) =>
    `AWS4-HMAC-SHA256 Credential=k/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`;

  test('what nobody signed, services that are not there, and web pages', async () => {
    const laptop = await boot(assemblyDir);
    const asked = async (headers: Record<string, string>) => {
      const answer = await fetch(laptop.awsEndpoint, { method: 'POST', body: '{}', headers });
      return `${answer.status} ${await answer.text()}`;
    };
    expect(await asked({})).toMatch(/^403 .*MissingAuthenticationToken/);
    expect(await asked({ authorization: signedFor('rekognition') })).toMatch(
      /^400 .*rekognition is not on the laptop; there is dynamodb/,
    );
    expect(await asked({ authorization: signedFor('dynamodb'), origin: 'https://evil.example' })).toMatch(
      /^403 .*Web pages/,
    );
  });
});

test('idle waits for what functions set off, and says who is busy when it takes too long', async () => {
  const laptop = await boot(assemblyDir);
  await laptop.invokeLater(
    laptop.assembly.find('behave')?.physicalName ??
      laptop.assembly.ofType('AWS::Lambda::Function').find(({ logicalId }) => logicalId.startsWith('behave'))!.arn,
    { how: 'slow' },
  );
  await expect(laptop.idle(300)).rejects.toThrow('not idle after 300 ms: functions');
});
