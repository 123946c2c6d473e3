import type { Resource } from './contract.ts';

/**
 * Refuses a resource that asks for something the laptop does not do: a property left aside would show, if at all, on AWS.
 * `false` and absent properties ask for nothing.
 */
export function refuseUnserved({ stack, logicalId, type, properties }: Resource, names: readonly string[]): void {
  const asked = names.filter((name) => properties[name] !== undefined && properties[name] !== false);
  if (asked.length > 0)
    throw new Error(`${stack}/${logicalId}: the laptop does not serve ${asked.join(', ')} of ${type}`);
}
