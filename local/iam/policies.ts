import type { Assembly, Resource } from '../contract.ts';
import { beyondJudgement, type Conditions } from './conditions.ts';

/** One statement of an identity policy, lists made of single values. */
export interface Statement {
  readonly effect: 'Allow' | 'Deny';
  readonly actions: readonly string[];
  /** The statement covers every action but these. */
  readonly exceptActions: readonly string[];
  readonly resources: readonly string[];
  readonly exceptResources: readonly string[];
  readonly conditions: Conditions;
}

/**
 * AWS's own policies that grant nothing the laptop checks: logs, traces and metrics go to files here.
 * Any other managed policy of AWS is refused at boot, because its text is not in the template.
 */
const HARMLESS_AWS_POLICIES = [
  'AWSLambdaBasicExecutionRole',
  'AWSXRayDaemonWriteAccess',
  'AWSXrayWriteOnlyAccess',
  'CloudWatchLambdaInsightsExecutionRolePolicy',
  'AmazonAPIGatewayPushToCloudWatchLogs',
];

type Document = { readonly Statement?: unknown };
type RawStatement = Readonly<Record<string, unknown>>;

/** Every role's statements: its own, those of policies attached to it, and of managed policies it names. Keyed by the role's physical name. */
export function rolePolicies(assembly: Assembly): ReadonlyMap<string, readonly Statement[]> {
  const managed = new Map(assembly.ofType('AWS::IAM::ManagedPolicy').map((policy) => [policy.arn, policy]));
  return new Map(
    assembly.ofType('AWS::IAM::Role').map((role) => {
      if (role.properties.PermissionsBoundary) {
        throw new Error(`${where(role)} has a permissions boundary, which the laptop does not judge`);
      }
      const inline = [role.properties.Policies ?? []].flat() as { PolicyDocument: Document }[];
      const attached = ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy', 'AWS::IAM::RolePolicy'].flatMap((type) =>
        assembly.ofType(type).filter(({ properties }) => roleNames(properties).includes(role.physicalName)),
      );
      const named = ([role.properties.ManagedPolicyArns ?? []].flat() as string[]).flatMap((arn) => {
        const policy = managed.get(arn);
        if (policy) return [policy];
        if (HARMLESS_AWS_POLICIES.some((name) => arn.endsWith(`/${name}`))) return [];
        throw new Error(`${where(role)} has the managed policy ${arn}, whose text the laptop does not have`);
      });
      const statements = [
        ...inline.flatMap(({ PolicyDocument }) => statementsOf(PolicyDocument, role)),
        ...[...new Set([...attached, ...named])].flatMap((policy) =>
          statementsOf(policy.properties.PolicyDocument as Document, policy),
        ),
      ];
      return [role.physicalName, statements];
    }),
  );
}

const where = ({ stack, logicalId }: Resource) => `${stack}/${logicalId}`;

const roleNames = ({ Roles, RoleName }: Readonly<Record<string, unknown>>): unknown[] =>
  [Roles ?? RoleName ?? []].flat();

function statementsOf(document: Document, from: Resource): Statement[] {
  return ([document?.Statement ?? []].flat() as RawStatement[]).map((raw) => {
    const conditions = (raw.Condition ?? {}) as Conditions;
    const strange = beyondJudgement(conditions);
    if (strange.length > 0)
      throw new Error(`${where(from)} uses ${strange.join(' and ')}, which the laptop cannot judge`);
    const strings = (key: string) => [raw[key] ?? []].flat().map(String);
    return {
      effect: raw.Effect === 'Deny' ? 'Deny' : 'Allow',
      actions: strings('Action'),
      exceptActions: strings('NotAction'),
      resources: strings('Resource'),
      exceptResources: strings('NotResource'),
      conditions,
    };
  });
}
