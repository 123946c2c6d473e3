import { contractOf, type FuzzRequest } from './make-request.ts';
import { FOREIGN_MARK, type Sent } from './world.ts';

/** What is wrong with the answer to an input; nothing for a good one. Refusing is good; breaking is not. */
export function whyWrong(request: FuzzRequest, { answer, thrown }: Sent): string | undefined {
  const { status, headers } = answer;
  const text = answer.body.toString('utf8');
  if (thrown !== undefined) return `the function threw: ${thrown}`;
  if (status >= 500 && !isByDesign(status, headers, text)) return `it answered ${status}: ${text.slice(0, 500)}`;
  if (text.includes('"status":500')) return `one item of a batch met a fault of ours: ${text.slice(0, 500)}`;
  if (request.caller !== 'stranger' && text.includes(FOREIGN_MARK))
    return `it told of another brand: ${text.slice(0, 500)}`;
  for (const [name, value] of Object.entries(headers))
    if ([value].flat().some((one) => /[\r\n\0]/.test(one))) return `its header ${name} breaks the line`;
  const location = headers.location;
  if (location !== undefined && !leadsHome(String(location)))
    return `it leads away from the program’s hosts: ${location}`;
  return contractOf(request.routeKey) ? whyNotByContract(request, sentJson(headers, text), status) : undefined;
}

/** Congestion is told as such, with when to come back; on pages too. */
const isByDesign = (status: number, headers: Sent['answer']['headers'], text: string) =>
  status === 503 && headers['retry-after'] !== undefined && (text.includes('"code":"busy"') || text.includes('<html'));

/** Where links of the world may lead. */
const leadsHome = (location: string) =>
  /^\//.test(location)
    ? !/^\/[/\\]/.test(location)
    : URL.canParse(location) && /(^|\.)shop\.example$/.test(new URL(location).hostname);

function sentJson(headers: Sent['answer']['headers'], text: string): unknown {
  if (!String(headers['content-type'] ?? '').includes('json') || text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return { unreadable: text.slice(0, 200) };
  }
}

function whyNotByContract({ routeKey, caller }: FuzzRequest, json: unknown, status: number): string | undefined {
  const { contract, route } = contractOf(routeKey)!;
  if (status >= 300) {
    const problem = (json ?? {}) as { code?: unknown; detail?: unknown; message?: unknown };
    // What the gateway itself refuses has only a message.
    if (typeof problem.message === 'string' && [401, 403, 404].includes(status)) return undefined;
    return typeof problem.code === 'string' && typeof problem.detail === 'string'
      ? undefined
      : `its ${status} is no problem document: ${JSON.stringify(json)?.slice(0, 300)}`;
  }
  if (route.access !== 'public' && (caller === 'nobody' || caller === 'broken'))
    return `it answered ${status} to ${caller}`;
  if (json === undefined || route.access === 'public') return undefined;
  const parsed = contract.answer.safeParse(json);
  return parsed.success ? undefined : `its answer is not what the contract says: ${parsed.error.message.slice(0, 500)}`;
}
