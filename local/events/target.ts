/**
 * What a rule or a schedule calls, and what it hands over: the event itself, a constant, a part of it, or a template filled from it.
 */
export interface Target {
  readonly id: string;
  readonly arn: string;
  /** Role that acts; without one the permission lies in the target's own policy. */
  readonly roleArn?: string;
  readonly messageGroupId?: string;
  readonly deadLetterArn?: string;
  readonly maxAttempts: number;
  readonly maxAgeMs: number;
  /** JSON text handed over for an event. */
  payload(event: unknown, about: RuleFacts): string;
}

export interface RuleFacts {
  readonly ruleArn: string;
  readonly ruleName: string;
}

/** AWS tries for a day, at most 185 times after the first. */
const DEFAULT_RETRIES = 185;
const DEFAULT_AGE_S = 86_400;

type Properties = Readonly<Record<string, unknown>>;

/** Reads a target of `AWS::Events::Rule` or the one of `AWS::Scheduler::Schedule`; throws on an input that AWS would refuse. */
export function targetOf(given: Properties, where: string): Target {
  const { MaximumRetryAttempts, MaximumEventAgeInSeconds } = (given.RetryPolicy ?? {}) as Properties;
  const group = (given.SqsParameters as Properties | undefined)?.MessageGroupId;
  const deadLetterArn = (given.DeadLetterConfig as Properties | undefined)?.Arn;
  return {
    id: String(given.Id ?? 'target'),
    arn: String(given.Arn),
    maxAttempts: 1 + Number(MaximumRetryAttempts ?? DEFAULT_RETRIES),
    maxAgeMs: Number(MaximumEventAgeInSeconds ?? DEFAULT_AGE_S) * 1000,
    payload: payloadOf(given, where),
    ...(given.RoleArn ? { roleArn: String(given.RoleArn) } : {}),
    ...(group ? { messageGroupId: String(group) } : {}),
    ...(deadLetterArn ? { deadLetterArn: String(deadLetterArn) } : {}),
  };
}

function payloadOf({ Input, InputPath, InputTransformer }: Properties, where: string): Target['payload'] {
  if (Input !== undefined) {
    const constant = String(Input);
    if (!isJson(constant)) throw new Error(`${where}: Input is not JSON.`);
    return () => constant;
  }
  if (InputPath !== undefined) return (event) => JSON.stringify(valueAt(event, String(InputPath)) ?? null);
  if (InputTransformer !== undefined) {
    const { InputPathsMap = {}, InputTemplate } = InputTransformer as {
      InputPathsMap?: Record<string, string>;
      InputTemplate: string;
    };
    return (event, about) => {
      const values: Record<string, unknown> = {
        'aws.events.rule-arn': about.ruleArn,
        'aws.events.rule-name': about.ruleName,
        'aws.events.event': event,
        'aws.events.event.json': event,
        'aws.events.event.ingestion-time': (event as Properties).time,
      };
      for (const [name, path] of Object.entries(InputPathsMap)) values[name] = valueAt(event, path);
      return fill(InputTemplate, values);
    };
  }
  return (event) => JSON.stringify(event);
}

/**
 * Fills `<name>` in a template that is JSON but for its placeholders: within quotes a value is written as text, elsewhere as JSON.
 * A value that the event does not have is empty text within quotes and `null` elsewhere.
 */
export function fill(template: string, values: Readonly<Record<string, unknown>>): string {
  let quoted = false;
  return template.replace(/\\.|"|<([\w.-]+)>/g, (found, name?: string) => {
    if (found === '"') quoted = !quoted;
    if (name === undefined || !(name in values)) return found;
    const value = values[name];
    if (!quoted) return JSON.stringify(value ?? null);
    const text = value === undefined || value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value);
    return JSON.stringify(text).slice(1, -1);
  });
}

/** The value at a path such as `$.detail.items[0].sku` or `$.detail-type`; the event itself at `$`. */
export function valueAt(event: unknown, path: string): unknown {
  const steps = [...path.matchAll(/\.([^.[\]]+)|\[(\d+)\]|\['([^']+)'\]/g)].map(
    ([, field, index, quoted]) => field ?? index ?? quoted ?? '',
  );
  return steps.reduce<unknown>(
    (value, step) =>
      typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[step] : undefined,
    event,
  );
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
