import type { Assembly, Need } from '../contract.ts';
import { type Context, conditionsHold } from './conditions.ts';
import { rolePolicies, type Statement } from './policies.ts';
import { matchesWildcard } from './wildcards.ts';

/** The person at the keyboard, and whoever signs with a key that is no role's. May do everything. */
export const OPERATOR = 'operator';

/** Decisions kept; a bucket's keys are without end. */
const REMEMBERED = 10_000;

const NO_CONTEXT: Context = {};

/** Who may do what, from the roles and policies of the templates. */
export interface Access {
  /** The principal behind an access key id. */
  principalOf(accessKeyId: string): string;
  /** The access key id that makes a request come from this role (physical name or ARN). */
  accessKeyOf(role: string): string;
  allows(principal: string, action: string, resource: string, context?: Context): boolean;
  /** AWS's sentence for the first need that is not allowed; `undefined` when all are. */
  refusal(principal: string, needs: readonly Need[]): string | undefined;
}

/**
 * Judges identity policies as AWS does: an explicit deny wins, else an allow is needed, else it is denied.
 * Policies on resources (queues, buckets, keys) are not judged: with one account they only ever repeat what roles may.
 */
export function accessFrom(assembly: Assembly, account: string): Access {
  const policies = rolePolicies(assembly);
  const decided = new Map<string, boolean>();

  const allows: Access['allows'] = (principal, action, resource, context = NO_CONTEXT) => {
    if (principal === OPERATOR) return true;
    const statements = policies.get(principal) ?? [];
    if (context !== NO_CONTEXT) return decide(statements, action, resource, context);
    const question = `${principal}\n${action}\n${resource}`;
    let answer = decided.get(question);
    if (answer === undefined) {
      answer = decide(statements, action, resource, context);
      if (decided.size >= REMEMBERED) decided.clear();
      decided.set(question, answer);
    }
    return answer;
  };

  return {
    allows,
    principalOf(accessKeyId) {
      const name = decodeURIComponent(accessKeyId.replaceAll(/%(?![0-9A-F]{2})/g, '%25'));
      return policies.has(name) ? name : OPERATOR;
    },
    // Role names may hold characters (a comma, an equals sign) that end the credential in an Authorization header.
    accessKeyOf: (role) => encodeURIComponent(role.slice(role.lastIndexOf('/') + 1)),
    refusal(principal, needs) {
      const missing = needs.find(({ action, resource, context }) => !allows(principal, action, resource, context));
      if (!missing) return undefined;
      return (
        `User: arn:aws:sts::${account}:assumed-role/${principal} is not authorized to perform: ${missing.action} on resource: ` +
        `${missing.resource} because no identity-based policy allows the ${missing.action} action`
      );
    },
  };
}

function decide(statements: readonly Statement[], action: string, resource: string, context: Context): boolean {
  const covering = statements.filter(
    (statement) =>
      covers(statement.actions, statement.exceptActions, action, false) &&
      covers(statement.resources, statement.exceptResources, resource, true) &&
      conditionsHold(statement.conditions, context),
  );
  return covering.length > 0 && covering.every(({ effect }) => effect === 'Allow');
}

function covers(named: readonly string[], except: readonly string[], text: string, caseSensitive: boolean): boolean {
  const matches = (pattern: string) => matchesWildcard(pattern, text, caseSensitive);
  return except.length > 0 ? !except.some(matches) : named.some(matches);
}
