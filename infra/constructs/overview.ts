import { ArnFormat, Duration } from 'aws-cdk-lib';
import { Alarm, AlarmStatusWidget, Dashboard, GraphWidget, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { WORKFLOWS } from '../../lib/names.ts';
import type { HouseStack } from './house-stack.ts';

/** One dashboard: every alarm's state, then the traffic, the work and the failures behind them. Named resources only, so it depends on no stack. */
export function overview(stack: HouseStack, alarmNames: readonly string[]): void {
  const arn = (service: string, resource: string, resourceName: string) =>
    stack.formatArn({ service, resource, resourceName, arnFormat: ArnFormat.COLON_RESOURCE_NAME });
  const period = Duration.minutes(5);
  const lambda = (name: string, metricName: string, statistic: string) =>
    new Metric({
      namespace: 'AWS/Lambda',
      metricName,
      statistic,
      period,
      label: `${name} ${metricName}`,
      dimensionsMap: { FunctionName: stack.named(name) },
    });
  const runs = (name: string, metricName: string) =>
    new Metric({
      namespace: 'AWS/States',
      metricName,
      statistic: 'Sum',
      period,
      label: `${name} ${metricName}`,
      dimensionsMap: { StateMachineArn: arn('states', 'stateMachine', stack.named(name)) },
    });

  const dashboard = new Dashboard(stack, 'overview', { dashboardName: stack.named('overview') });
  dashboard.addWidgets(
    new AlarmStatusWidget({
      title: 'Alarms',
      width: 24,
      height: 6,
      alarms: alarmNames.map((name) => Alarm.fromAlarmArn(stack, `shown-${name}`, arn('cloudwatch', 'alarm', name))),
    }),
  );
  dashboard.addWidgets(
    new GraphWidget({
      title: 'Clicks',
      width: 12,
      left: [lambda('track-click', 'Invocations', 'Sum'), lambda('track-click', 'Errors', 'Sum')],
      right: [lambda('track-click', 'Duration', 'p99')],
    }),
    new GraphWidget({
      title: 'Conversions',
      width: 12,
      left: [lambda('api-conversions', 'Invocations', 'Sum'), lambda('api-conversions', 'Errors', 'Sum')],
      right: [lambda('api-conversions', 'Duration', 'p99')],
    }),
  );
  dashboard.addWidgets(
    new GraphWidget({
      title: 'Workflows',
      width: 12,
      left: WORKFLOWS.flatMap((name) => [runs(name, 'ExecutionsSucceeded'), runs(name, 'ExecutionsFailed')]),
    }),
    new GraphWidget({
      title: 'Behind the streams, ms',
      width: 12,
      left: ['stream-publish-changes', 'stream-count-day'].map((name) => lambda(name, 'IteratorAge', 'Maximum')),
    }),
  );
}
