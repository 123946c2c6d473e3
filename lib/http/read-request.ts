import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type * as z from 'zod';
import { type FieldProblem, VisibleError } from '../errors.ts';
import type { Contract } from './contract.ts';
import { fieldProblems } from './field-problems.ts';
import { invalid } from './invalid.ts';
import { parseJsonBody } from './json-body.ts';

/** 256 KiB: a commission plan of 200 rules fits, a mistake does not. */
export const MAX_BODY_BYTES = 262_144;

/** What a request says, checked against its contract. */
export interface Read {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
  /** The body of a contract that takes a text; empty for every other. */
  readonly text: string;
}

type Event = Pick<
  APIGatewayProxyEventV2,
  'body' | 'isBase64Encoded' | 'headers' | 'pathParameters' | 'queryStringParameters'
>;

/** Reads path, query and body; every problem of the three is named in one refusal. */
export function readRequest(contract: Contract, event: Event): Read {
  const parts = [
    check(contract.params, event.pathParameters ?? {}, 'path'),
    check(contract.query, event.queryStringParameters ?? {}, 'query'),
    check(contract.body, bodyOf(contract, event), 'body'),
  ] as const;
  const problems = parts.flatMap((part) => part.problems);
  if (problems.length > 0) throw invalid(problems);
  const text = contract.text === undefined ? '' : textOf(contract, contract.text, event);
  return { params: parts[0].value, query: parts[1].value, body: parts[2].value, text };
}

function check(schema: z.ZodType | undefined, value: unknown, root: string) {
  if (!schema) return { value: undefined, problems: root === 'query' ? strangeParameters(value as object) : [] };
  const parsed = schema.safeParse(value);
  if (parsed.success) return { value: parsed.data, problems: [] };
  return { value: undefined, problems: fieldProblems(schema, parsed.error.issues, root, value) };
}

/** What to say of query parameters where a route has none. */
export const strangeParameters = (query: object | undefined): FieldProblem[] =>
  Object.keys(query ?? {}).map((field) => ({ field, message: 'is not a parameter of this route' }));

function bodyOf(contract: Contract, event: Event): unknown {
  if (contract.body) return jsonBodyOf(contract, event);
  const bytes = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length === 0 || contract.text !== undefined) return undefined;
  const field = { field: 'body', message: 'must be empty: this route takes none' };
  throw new VisibleError('invalid', 'body-not-expected', 'This route takes no body.', [field]);
}

/** The JSON value of a body, or what `yaml` makes of one that is sent as YAML. */
export function jsonBodyOf(contract: Pick<Contract, 'yaml' | 'maxBytes'>, event: Event): unknown {
  const bytes = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
  refuseLarge(contract, bytes);
  const type = mediaType(event);
  if (contract.yaml && YAML.has(type)) return contract.yaml(decodeUtf8(bytes));
  if (bytes.length > 0 && type !== 'application/json' && !type.endsWith('+json')) {
    const types = contract.yaml ? 'application/json or application/yaml' : 'application/json';
    const field = { field: 'Content-Type', message: `must be ${types}` };
    throw new VisibleError('invalid', 'content-type-not-json', `Send the body as ${types}.`, [field]);
  }
  return parseJsonBody(decodeUtf8(bytes));
}

const YAML = new Set(['application/yaml', 'application/x-yaml', 'text/yaml', 'text/x-yaml']);

function refuseLarge({ maxBytes = MAX_BODY_BYTES }: Pick<Contract, 'maxBytes'>, bytes: Buffer): void {
  if (bytes.length <= maxBytes) return;
  const field = { field: 'body', message: `must be at most ${maxBytes} bytes; it has ${bytes.length}` };
  throw new VisibleError('too-large', 'body-too-large', `The body ${field.message}.`, [field]);
}

const mediaType = ({ headers }: Event): string => (headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase();

/** The body of a route that takes a text. */
function textOf(contract: Contract, wanted: string, event: Event): string {
  const bytes = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
  refuseLarge(contract, bytes);
  if (mediaType(event) !== wanted) {
    const fields = ['Content-Type', 'body'].map((field) => ({ field, message: `must be ${wanted}` }));
    throw new VisibleError('invalid', 'content-type-not-csv', `Send the body as ${wanted}.`, fields);
  }
  return decodeUtf8(bytes);
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function decodeUtf8(bytes: Buffer): string {
  try {
    return utf8.decode(bytes);
  } catch {
    const field = { field: 'body', message: 'must be UTF-8' };
    throw new VisibleError('invalid', 'invalid-json', 'The body is not UTF-8.', [field]);
  }
}
