import { ArnFormat, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, type IChainable, LogLevel, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { WorkflowName } from '../../lib/names.ts';
import { type Access, access } from './access.ts';
import { acknowledge } from './acknowledge.ts';
import { alarm, type Watched } from './alarm.ts';
import type { HouseStack } from './house-stack.ts';

export interface WorkflowProps extends Watched {
  readonly definition: IChainable;
  readonly timeoutMinutes: number;
  /** For a workflow on a schedule: who is hurt when it does not run, and hours without a finished run before that is said. */
  readonly notRunning?: Watched & { readonly afterHours: number };
  /**
   * `all`, when not said: nobody looks at its runs, so failing and taking too long both ring in every stage. `failures`: what a run that takes too
   * long holds up is in sight anyhow. `nobody-waits`: whoever started a run reads what came of it, so alarms are an early warning.
   */
  readonly watching?: 'all' | 'failures' | 'nobody-waits';
}

/** A state machine with its own role, errors logged, traced, an alarm when a run fails and another when no run ends. */
export class Workflow extends StateMachine {
  private readonly runsName: string;

  constructor(stack: HouseStack, name: WorkflowName, props: WorkflowProps) {
    const role = new Role(stack, `${name}-role`, {
      assumedBy: new ServicePrincipal('states.amazonaws.com'),
      description: `What the workflow ${name} may call`,
    });
    super(stack, name, {
      stateMachineName: stack.named(name),
      definitionBody: DefinitionBody.fromChainable(props.definition),
      role,
      timeout: Duration.minutes(props.timeoutMinutes),
      tracingEnabled: true,
      logs: {
        destination: new LogGroup(stack, `${name}-log`, {
          logGroupName: `/aws/vendedlogs/tributary/${stack.stage.name}/workflows/${name}`,
          retention: stack.stage.logRetention,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
        level: LogLevel.ERROR,
        includeExecutionData: true,
      },
    });
    this.runsName = stack.named(name);
    acknowledge(this, {
      'AwsSolutions-SF1':
        'the service keeps every event of a run for 90 days; a copy of each in the logs would cost more than the runs do',
    });
    acknowledge(role, {
      'AwsSolutions-IAM5[Resource::*]': 'log deliveries and X-Ray segments can be limited to no resource',
    });

    alarm(stack, `${name}-failed`, {
      impact: props.impact,
      article: name,
      metric: this.metricFailed({ period: Duration.minutes(5) }),
      threshold: 1,
      essential: props.watching !== 'nobody-waits',
    });
    alarm(stack, `${name}-timed-out`, {
      impact: props.impact,
      article: name,
      metric: this.metricTimedOut({ period: Duration.minutes(5) }),
      threshold: 1,
      // Where a missing run rings by itself, a run that takes too long is soon one of those.
      essential: props.notRunning === undefined && (props.watching ?? 'all') === 'all',
    });
    if (props.notRunning) {
      alarm(stack, `${name}-not-running`, {
        impact: props.notRunning.impact,
        article: `${name}-not-running`,
        metric: this.metricSucceeded({ period: Duration.hours(1) }),
        threshold: 1,
        comparison: 'below',
        periods: props.notRunning.afterHours,
        silence: 'fault',
        essential: true,
      });
    }
  }

  start(): Access {
    return access(['states:StartExecution'], [this.stateMachineArn]);
  }

  /** Lists the runs and reads any one of them. */
  inspect(): Access {
    const stack = Stack.of(this);
    const runs = stack.formatArn({
      service: 'states',
      resource: 'execution',
      resourceName: `${this.runsName}:*`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    const list = access(['states:ListExecutions'], [this.stateMachineArn]);
    const describe = access(['states:DescribeExecution'], [runs]);
    return {
      environment: {},
      statements: [...list.statements, ...describe.statements],
      wildcards: {
        [`AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:${this.runsName}:*]`]:
          'a run gets its name when it is started; the workflow is named exactly',
      },
    };
  }
}
