import { Duration } from 'aws-cdk-lib';
import {
  Alarm as CloudWatchAlarm,
  ComparisonOperator,
  type IMetric,
  Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { METRICS_NAMESPACE } from '../../lib/names.ts';
import type { HouseStack } from './house-stack.ts';

/** What every construct that can fail must say about its failing. */
export interface Watched {
  /** Who is hurt and how, in one sentence that a person woken by it understands. Ends with a full stop. */
  readonly impact: string;
}

export interface AlarmProps extends Watched {
  /** Heading in docs/runbook.md; by habit the name of the thing that failed. */
  readonly article: string;
  readonly metric: IMetric;
  readonly threshold: number;
  readonly comparison?: 'at-least' | 'below';
  /** Periods in a row that must be bad; 1 when not said. */
  readonly periods?: number;
  /** `fault` when silence itself is the fault. */
  readonly silence?: 'fine' | 'fault';
  /** Made in every stage: without it work could be lost or stand still unseen. Others are early warnings, kept to stages that pay for them. */
  readonly essential: boolean;
}

const COMPARISONS = {
  'at-least': ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
  below: ComparisonOperator.LESS_THAN_THRESHOLD,
} as const;

/** Makes an alarm whose text says who is hurt and where the way out is written; returns nothing where the stage does without it. */
export function alarm(stack: HouseStack, name: string, props: AlarmProps): CloudWatchAlarm | undefined {
  if (!/^[A-Z].{20,}\.$/s.test(props.impact)) throw new Error(`alarm ${name} must say its impact as a sentence`);
  if (!props.essential && stack.stage.alarms === 'essential') return undefined;
  if (!stack.alarmTopic) throw new Error(`stack ${stack.stackName} has an alarm and nobody to tell`);
  stack.alarmNames.push(stack.named(name));
  const made = new CloudWatchAlarm(stack, `${name}-alarm`, {
    alarmName: stack.named(name),
    alarmDescription: `${props.impact} What to do: ${stack.stage.runbook}#${props.article}`,
    metric: props.metric,
    threshold: props.threshold,
    comparisonOperator: COMPARISONS[props.comparison ?? 'at-least'],
    evaluationPeriods: props.periods ?? 1,
    treatMissingData: props.silence === 'fault' ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
  });
  const tell = new SnsAction(stack.alarmTopic);
  made.addAlarmAction(tell);
  made.addOkAction(tell);
  return made;
}

/** An alarm on what functions report themselves with `lib/observability/incident.ts`: one is enough. */
export function incidentAlarm(stack: HouseStack, name: string, metricName: string, impact: string): void {
  alarm(stack, name, {
    impact,
    article: name,
    metric: new Metric({
      namespace: METRICS_NAMESPACE,
      metricName,
      statistic: 'Sum',
      period: Duration.minutes(5),
    }),
    threshold: 1,
    essential: true,
  });
}
