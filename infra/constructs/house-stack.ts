import { Stack } from 'aws-cdk-lib';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { Bundles } from '../bundle.ts';
import type { Stage } from '../stages.ts';

/** What every stack is made for and from. */
export interface Setting {
  readonly stage: Stage;
  readonly bundles: Bundles;
}

/** A setting with somebody to tell when things fail. */
export interface WatchedSetting extends Setting {
  readonly alarmTopic: ITopic;
}

/** A stack of this system; the house constructs go into nothing else, because they take stage, code and alarms from it. */
export class HouseStack extends Stack {
  readonly stage: Stage;
  readonly bundles: Bundles;
  readonly alarmTopic: ITopic | undefined;
  /** Names of the alarms made so far. */
  readonly alarmNames: string[] = [];

  constructor(scope: Construct, name: string, setting: Setting | WatchedSetting, description: string) {
    super(scope, `tributary-${setting.stage.name}-${name}`, {
      description: `Tributary (${setting.stage.name}): ${description}`,
      tags: { application: 'tributary', stage: setting.stage.name },
      terminationProtection: setting.stage.keepsData && name === 'data',
    });
    this.stage = setting.stage;
    this.bundles = setting.bundles;
    this.alarmTopic = 'alarmTopic' in setting ? setting.alarmTopic : undefined;
  }

  /**
   * Name of something that people look for in the console or type into a command: functions, queues, workflows, alarms.
   * Tables and buckets get generated names, so that a stack made anew never collides with data that was kept.
   */
  named(name: string): string {
    return `tributary-${this.stage.name}-${name}`;
  }
}
