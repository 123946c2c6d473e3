import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { wallClockMs } from '../../../lib/clock.ts';
import { openExecutionStore } from '../../../local/states/execution-store.ts';
import { startStates } from '../../../local/states/states.ts';
import { ACCOUNT, resource, tinyGround } from '../tiny-ground.ts';

const folder = mkdtempSync(join(tmpdir(), 'cut-off-'));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const machine = resource('AWS::StepFunctions::StateMachine', 'slow', {
  RoleArn: `arn:aws:iam::${ACCOUNT}:role/workflow`,
  DefinitionString: JSON.stringify({
    StartAt: 'Wait',
    States: { Wait: { Type: 'Wait', SecondsPath: '$.seconds', End: true } },
  }),
});

/** A process of its own, started on the same folder and killed while its execution runs. */
async function killedWhileRunning(): Promise<string> {
  const here = new URL('..', import.meta.url);
  const script = `
    import { startStates } from '${new URL('../../local/states/states.ts', here)}';
    import { tinyGround } from '${new URL('tiny-ground.ts', here)}';
    const ground = await tinyGround([${JSON.stringify(machine)}], ${JSON.stringify(folder)});
    const states = await startStates(ground);
    const begun = states.start(${JSON.stringify(machine.arn)}, '{"seconds":600}', 'nightly');
    setTimeout(() => console.log(begun.arn), 50);`;
  const child = spawn(process.execPath, ['--no-warnings', '--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const arn = await new Promise<string>((told) =>
    child.stdout.once('data', (line: Buffer) => told(String(line).trim())),
  );
  child.kill('SIGKILL');
  await new Promise((gone) => child.once('exit', gone));
  return arn;
}

test('given a killed laptop, its running execution is aborted with the cause, keeps its history, and can be rerun', async () => {
  const arn = await killedWhileRunning();
  const ground = await tinyGround([machine], folder);
  const states = await startStates(ground);
  expect(states.execution(arn)).toMatchObject({ status: 'ABORTED', error: 'Laptop.CutOff', input: '{"seconds":600}' });
  expect(states.history(arn).map(({ type }) => type)).toEqual([
    'ExecutionStarted',
    'WaitStateEntered',
    'ExecutionAborted',
  ]);
  const again = states.rerun(arn);
  expect(again).toMatchObject({ status: 'RUNNING', name: 'nightly-rerun-2', rerunOf: arn });
  await states.close();
  const store = openExecutionStore(ground.dataDir('states'), wallClockMs());
  expect(store.get(again?.arn ?? '')).toMatchObject({ status: 'ABORTED', error: 'Laptop.CutOff' });
  store.close();
  await ground.close();
});
