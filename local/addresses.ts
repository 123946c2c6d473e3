import type { RawAssembly } from './assembly.ts';
import type { Running } from './contract.ts';
import { type Listener, listen } from './listen.ts';
import type { Addresses } from './resolve-assembly.ts';
import { FRONT_DOOR_OFFSET } from './settings.ts';

/** The laptop's addresses, open before anything stands behind them: templates refer to them. */
export interface OpenAddresses extends Addresses {
  readonly page: Listener;
  readonly frontDoor: Listener;
  api(stack: string, logicalId: string): Listener;
}

/**
 * Opens the page at the first port, an HTTP API at each following one in template order, and the AWS front door at a fixed distance;
 * all at any free port when the first is 0. Listeners are handed to `keep` as they open.
 */
export async function openAddresses(
  raw: RawAssembly,
  firstPort: number,
  keep: <R extends Running>(running: R) => R,
): Promise<OpenAddresses> {
  const open = async (offset: number, what: string) =>
    keep(await listen(firstPort === 0 ? 0 : firstPort + offset, what));
  const page = await open(0, 'the laptop page');
  const frontDoor = await open(FRONT_DOOR_OFFSET, 'the AWS front door');
  const apis = new Map<string, Listener>();
  for (const { name, template } of raw.stacks) {
    for (const [logicalId, { Type }] of Object.entries(template.Resources ?? {})) {
      if (Type !== 'AWS::ApiGatewayV2::Api') continue;
      apis.set(`${name}/${logicalId}`, await open(apis.size + 1, `the HTTP API ${logicalId}`));
    }
  }
  const api = (stack: string, logicalId: string): Listener => {
    const listener = apis.get(`${stack}/${logicalId}`);
    if (!listener) throw new Error(`${stack}/${logicalId} is no HTTP API`);
    return listener;
  };
  return { page, frontDoor, door: frontDoor.url, api, apiUrl: (stack, logicalId) => api(stack, logicalId).url };
}
