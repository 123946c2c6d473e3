import { setTimeout as pause } from 'node:timers/promises';
import {
  DescribeExecutionCommand,
  ListExecutionsCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { until } from '../../local/story/brand-api.ts';
import type { Booted } from './booted.ts';

/** Milliseconds after its start at which a run is cut off. */
const CUTS = [0, 15, 60, 150, 300];

/** What an operator does in the console of Step Functions: start with an input, and stop. */
export function operator({ laptop }: Pick<Booted, 'laptop'>) {
  const { awsEndpoint: endpoint, region } = laptop;
  const sfn = new SFNClient({ endpoint, region, credentials: laptop.credentials() });
  const machineOf = (workflow: string) => {
    const machines = laptop.assembly.ofType('AWS::StepFunctions::StateMachine');
    return machines.find(({ physicalName }) => physicalName.endsWith(`-${workflow}`))!.arn;
  };

  /** Starts a workflow and waits for its end; cut off after a while when asked. Answers its status. */
  async function run(workflow: string, input: object, cutAfterMs?: number): Promise<string> {
    const { executionArn } = await sfn.send(
      new StartExecutionCommand({ stateMachineArn: machineOf(workflow), input: JSON.stringify(input) }),
    );
    if (cutAfterMs !== undefined) {
      await pause(cutAfterMs);
      await sfn.send(new StopExecutionCommand({ executionArn, error: 'Cut', cause: 'in the middle' }));
    }
    const told = await until(
      workflow,
      () => sfn.send(new DescribeExecutionCommand({ executionArn })),
      ({ status }) => status !== 'RUNNING',
    );
    return told.status!;
  }

  return {
    run,

    /** Cuts a workflow off again and again, each time a little later, and lets it end at last. Tells how many runs were cut, and how it ended. */
    async cutAgainAndAgain(workflow: string, input: object): Promise<{ cut: number; ended: string }> {
      let cut = 0;
      for (const ms of CUTS) if ((await run(workflow, input, ms)) === 'ABORTED') cut += 1;
      return { cut, ended: await run(workflow, input) };
    },

    /** Stops whatever runs of a workflow. */
    async stopAll(workflow: string): Promise<void> {
      const running = await sfn.send(
        new ListExecutionsCommand({ stateMachineArn: machineOf(workflow), statusFilter: 'RUNNING' }),
      );
      for (const { executionArn } of running.executions ?? [])
        await sfn.send(new StopExecutionCommand({ executionArn }));
    },

    close: () => sfn.destroy(),
  };
}
