import { Duration } from 'aws-cdk-lib';
import {
  type IScheduleTarget,
  ScheduleExpression,
  Schedule as SchedulerSchedule,
  ScheduleTargetInput,
} from 'aws-cdk-lib/aws-scheduler';
import {
  LambdaInvoke,
  type ScheduleTargetBaseProps,
  StepFunctionsStartExecution,
} from 'aws-cdk-lib/aws-scheduler-targets';
import type { FailureQueue } from './failure-queue.ts';
import type { HouseStack } from './house-stack.ts';
import { Lambda } from './lambda.ts';
import type { Workflow } from './workflow.ts';

export interface ScheduleProps {
  /** `rate(5 minutes)` or `cron(15 2 * * ? *)`, in UTC. */
  readonly expression: string;
  readonly target: Workflow | Lambda;
  /** Where a start goes that Scheduler could not make. */
  readonly failures: FailureQueue;
  readonly description: string;
  /** Nothing when left out: the target covers everything as of now. */
  readonly input?: Readonly<Record<string, unknown>>;
}

/** Starts something at set times, tries again for an hour, and keeps what it could not start. */
export class Schedule extends SchedulerSchedule {
  constructor(stack: HouseStack, name: string, props: ScheduleProps) {
    super(stack, name, {
      scheduleName: stack.named(name),
      description: props.description,
      schedule: ScheduleExpression.expression(props.expression),
      target: targetOf(props),
    });
  }
}

function targetOf({ target, failures, input = {} }: ScheduleProps): IScheduleTarget {
  const how: ScheduleTargetBaseProps = {
    input: ScheduleTargetInput.fromObject(input),
    deadLetterQueue: failures,
    maxEventAge: Duration.hours(1),
    retryAttempts: 10,
  };
  return target instanceof Lambda ? new LambdaInvoke(target, how) : new StepFunctionsStartExecution(target, how);
}
