import { describe, expect, test } from 'vitest';
import { type Definition, refusals } from '../../../local/states/definition.ts';
import { startStates } from '../../../local/states/states.ts';
import { ACCOUNT, resource, tinyGround } from '../tiny-ground.ts';

const only = (state: object, whole: object = {}): Definition => ({
  StartAt: 'A',
  States: { A: { Type: 'Pass', End: true, ...state } },
  ...whole,
});
const task = (Resource: string) => only({ Type: 'Task', Resource });
const map = (state: object, around: object = {}) =>
  only({
    Type: 'Map',
    ItemProcessor: { StartAt: 'B', States: { B: { Type: 'Pass', End: true, ...state } } },
    ...around,
  });

describe('what would run differently here is refused', () => {
  test.each<[string, Definition, string]>([
    ['JSONata for all', only({}, { QueryLanguage: 'JSONata' }), 'JSONata'],
    ['JSONata for a state', only({ QueryLanguage: 'JSONata' }), 'A: QueryLanguage'],
    ['variables', only({ Assign: { a: 1 } }), 'A: Assign'],
    ['a task token', task('arn:aws:states:::lambda:invoke.waitForTaskToken'), 'store the wait'],
    ['waiting for a job', task('arn:aws:states:::states:startExecution.sync:2'), 'let that job start'],
    ['another service', task('arn:aws:states:::dynamodb:putItem'), 'there are lambda:invoke'],
    ['a Map over S3', map({}, { ItemReader: {} }), 'A: ItemReader'],
    ['batches of items', map({}, { ItemBatcher: {} }), 'A: ItemBatcher'],
    ['tolerated failures', map({}, { ToleratedFailurePercentage: 5 }), 'A: ToleratedFailure'],
    [
      'a distributed Map',
      only({ Type: 'Map', ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED' }, StartAt: 'B', States: {} } }),
      'inline',
    ],
    ['the retry count', only({ Parameters: { 'n.$': '$$.State.RetryCount' } }), '$$.State'],
    ['the item inside an iteration', map({ Parameters: { 'n.$': '$$.Map.Item.Index' } }), 'ItemSelector'],
    ['a field of an inner state', map({ Assign: { a: 1 } }), 'B: Assign'],
    ['a wait of months', only({ Type: 'Wait', Seconds: 5_000_000 }), '24 days'],
    ['two states of one name', map({}, {}), ''],
  ])('%s', (_, definition, reason) => {
    if (reason) expect(refusals(definition).join()).toContain(reason);
    else expect(refusals(definition)).toEqual([]);
  });

  test('the start says which machine, which state and why, all at once', async () => {
    const definition = {
      StartAt: 'A',
      States: {
        A: { Type: 'Pass', Assign: { a: 1 }, Next: 'B' },
        B: { Type: 'Task', Resource: 'arn:aws:states:::sns:publish', End: true },
      },
    };
    const ground = await tinyGround([
      resource('AWS::StepFunctions::StateMachine', 'odd', {
        RoleArn: `arn:aws:iam::${ACCOUNT}:role/r`,
        DefinitionString: JSON.stringify(definition),
      }),
    ]);
    await expect(startStates(ground)).rejects.toThrow(/State machine odd.*\n.*A: Assign.*\n.*B: .*sns:publish/);
    await ground.close();
  });
});
