import type { RawAssembly } from './assembly.ts';
import { generatedName } from './physical-names.ts';
import type { Addresses } from './resolve-assembly.ts';

/**
 * Replaces the public address of each HTTP API (`https://<id>.execute-api.<region>.amazonaws.com`), wherever a template spells it
 * out, by the address the API has here.
 */
export function localAddresses(raw: RawAssembly, region: string, addresses: Addresses): (value: unknown) => unknown {
  const apis = raw.stacks.flatMap((stack) =>
    Object.entries(stack.template.Resources ?? {})
      .filter(([, { Type }]) => Type === 'AWS::ApiGatewayV2::Api')
      .map(([logicalId]) => ({
        there: `https://${generatedName(stack.name, logicalId)}.execute-api.${region}.amazonaws.com`,
        here: addresses.apiUrl(stack.name, logicalId),
      })),
  );
  const walk = (node: unknown): unknown => {
    if (typeof node === 'string') return apis.reduce((text, { there, here }) => text.replaceAll(there, here), node);
    if (Array.isArray(node)) return node.map(walk);
    if (typeof node !== 'object' || node === null) return node;
    return Object.fromEntries(Object.entries(node).map(([key, entry]) => [key, walk(entry)]));
  };
  return walk;
}
