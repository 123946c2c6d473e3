/**
 * Amazon States Language as the laptop runs it: JSONPath, inline Map, and the four integrations our workflows use.
 * Anything else is refused at the start, by state and by reason, since running it differently from AWS would be worse.
 */
export type State = Record<string, unknown> & { readonly Type: string };
export interface Definition extends Record<string, unknown> {
  readonly StartAt: string;
  readonly States: Record<string, State>;
}

/** A state somewhere in a definition. */
export interface PlacedState {
  readonly name: string;
  readonly state: State;
  /** Map states around it, outermost first. */
  readonly maps: readonly string[];
}

const RESOURCES = [
  'arn:aws:states:::lambda:invoke',
  'arn:aws:states:::sqs:sendMessage',
  'arn:aws:states:::events:putEvents',
  'arn:aws:states:::states:startExecution',
];
const LAMBDA_ARN = /^arn:aws:lambda:[^:]*:\d*:function:[^:]+(:[^:]+)?$/;

/** Fields the laptop cannot honour, and why. */
const REFUSED_FIELDS: Readonly<Record<string, string>> = {
  Assign: 'variables do not run here',
  Arguments: 'JSONata does not run here',
  Output: 'JSONata does not run here',
  Items: 'JSONata does not run here',
  Condition: 'JSONata does not run here',
  ItemReader: 'a Map over S3 does not run here',
  ItemBatcher: 'batching of Map items does not run here',
  ResultWriter: 'writing Map results to S3 does not run here',
  ToleratedFailureCount: 'tolerated failures do not run here',
  ToleratedFailurePercentage: 'tolerated failures do not run here',
  HeartbeatSeconds: 'heartbeats do not run here',
  HeartbeatSecondsPath: 'heartbeats do not run here',
};
/** Longest timer there is, in seconds. */
const LONGEST_WAIT_S = 2_147_483;

/** Every state, those inside Map and Parallel too. */
export function statesOf(definition: Definition, maps: readonly string[] = []): readonly PlacedState[] {
  return Object.entries(definition.States ?? {}).flatMap(([name, state]) => {
    const processor = (state.ItemProcessor ?? state.Iterator) as Definition | undefined;
    const branches = (state.Branches ?? []) as Definition[];
    return [
      { name, state, maps },
      ...(processor ? statesOf(processor, [...maps, name]) : []),
      ...branches.flatMap((branch) => statesOf(branch, maps)),
    ];
  });
}

/** What in a definition does not run on the laptop; empty when all of it does. */
export function refusals(definition: Definition): readonly string[] {
  const found = definition.QueryLanguage === 'JSONata' ? ['QueryLanguage: JSONata does not run here'] : [];
  const placed = statesOf(definition);
  const names = placed.map(({ name }) => name);
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  return [...found, ...twice.map((name) => `${name}: two states have this name`), ...placed.flatMap(refusalsOf)];
}

function refusalsOf({ name, state, maps }: PlacedState): readonly string[] {
  const say = (reason: string) => `${name}: ${reason}`;
  const found = Object.entries(REFUSED_FIELDS)
    .filter(([field]) => field in state)
    .map(([field, reason]) => say(`${field}: ${reason}`));
  if (state.QueryLanguage === 'JSONata') found.push(say('QueryLanguage: JSONata does not run here'));
  if (state.Type === 'Task') found.push(...resourceRefusals(String(state.Resource)).map(say));
  const processor = (state.ItemProcessor ?? {}) as { ProcessorConfig?: { Mode?: string } };
  if (processor.ProcessorConfig?.Mode === 'DISTRIBUTED')
    found.push(say('a distributed Map does not run here; use an inline one'));
  if (state.Type === 'Wait' && Number(state.Seconds ?? 0) > LONGEST_WAIT_S)
    found.push(say('waits longer than 24 days do not run here'));
  const { ItemProcessor: _processor, Iterator: _iterator, Branches: _branches, ...own } = state;
  const text = JSON.stringify(own);
  for (const part of ['Task', 'State'])
    if (text.includes(`$$.${part}.`)) found.push(say(`$$.${part} does not run here`));
  if (maps.length > 0 && state.Type !== 'Map' && text.includes('$$.Map.')) {
    found.push(say("$$.Map is known in the ItemSelector only; pass what is needed in the item's input"));
  }
  return found;
}

function resourceRefusals(resource: string): readonly string[] {
  if (RESOURCES.includes(resource) || LAMBDA_ARN.test(resource)) return [];
  if (resource.endsWith('.waitForTaskToken'))
    return ['task tokens do not run here; store the wait and start a second execution'];
  if (/\.sync(:2)?$/.test(resource))
    return ['waiting for another job does not run here; let that job start what follows'];
  return [`${resource} does not run here; there are ${RESOURCES.map((known) => known.split(':::')[1]).join(', ')}`];
}
