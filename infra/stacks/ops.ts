import type { Construct } from 'constructs';
import { Env } from '../../lib/names.ts';
import { type Access, told } from '../constructs/access.ts';
import { HouseStack, type WatchedSetting } from '../constructs/house-stack.ts';
import { Lambda } from '../constructs/lambda.ts';
import type { DataStack } from './data.ts';

export interface OpsProps {
  readonly data: DataStack;
  readonly apiUrl: string;
}

/** What operators start by hand. */
export class OpsStack extends HouseStack {
  constructor(scope: Construct, setting: WatchedSetting, { data, apiUrl }: OpsProps) {
    super(scope, 'ops', setting, 'functions that operators call');
    const core = data.core.may('GetItem', 'Query', 'PutItem', 'UpdateItem', 'ConditionCheckItem');
    const tool = (entry: string, impact: string, ...access: Access[]) =>
      new Lambda(this, entry, { memoryMb: 512, timeoutSeconds: 300, access, impact });

    tool(
      'ops/create-brand',
      'The operator who adds a brand sees an error; nothing else is affected.',
      core,
      told({ [Env.apiUrl]: apiUrl }),
    );
    tool(
      'ops/rotate-click-keys',
      'Click ids keep being signed with the present keys; a key that leaked is still accepted.',
      data.rotateClickKeys(),
    );
  }
}
