/**
 * Every resource type the laptop can stand for, and what each comes to here. A type that is missing fails the boot:
 * a resource silently skipped would be found out by the wrong person, later.
 *
 * Names, ARNs and attributes are patterns: `{name}` physical name, `{path}` the same without a leading slash, `{id}` id, `{arn}`
 * ARN, `{region}`, `{account}`, `{door}` the AWS front door's address, `{url}` the address an HTTP API listens at, `{<Property>}`
 * one of its own properties.
 */
export interface TypeHere {
  /** The module that makes it work; `undefined` when it is accepted without effect. */
  readonly servedBy?: 'dynamodb' | 'lambda' | 'http-api' | 'iam' | 'stream-source' | BModule;
  /** Why it may have no effect on a laptop. */
  readonly becauseHere?: string;
  /** Property that may hold a name chosen by the template. */
  readonly nameProperty?: string;
  readonly arn?: string;
  /** What `Ref` gives; the name when not said. */
  readonly ref?: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

type BModule = 'queues' | 'objects' | 'states' | 'events' | 'mail' | 'keys' | 'parameters';

const served = (servedBy: TypeHere['servedBy'], rest: Omit<TypeHere, 'servedBy' | 'becauseHere'> = {}): TypeHere => ({
  servedBy,
  ...rest,
});
const accepted = (becauseHere: string, rest: Omit<TypeHere, 'servedBy' | 'becauseHere'> = {}): TypeHere => ({
  becauseHere,
  ...rest,
});

const ALARMS = 'nobody is paged by a laptop; failures show on its page and in its logs';
const DOMAINS = 'the laptop answers at 127.0.0.1, under no domain name';
const TABLE: Omit<TypeHere, 'servedBy'> = {
  nameProperty: 'TableName',
  arn: 'arn:aws:dynamodb:{region}:{account}:table/{name}',
  // AWS puts the moment of creation here; a fixed one keeps every reference to the stream the same over restarts.
  attributes: { StreamArn: '{arn}/stream/2026-01-01T00:00:00.000', TableId: '{name}' },
};
const IDENTIFIED: Omit<TypeHere, 'servedBy'> = { ref: '{id}' };

export const RESOURCE_TYPES: Readonly<Record<string, TypeHere>> = {
  'AWS::DynamoDB::Table': served('dynamodb', TABLE),
  'AWS::DynamoDB::GlobalTable': served('dynamodb', TABLE),

  'AWS::Lambda::Function': served('lambda', {
    nameProperty: 'FunctionName',
    arn: 'arn:aws:lambda:{region}:{account}:function:{name}',
  }),
  'AWS::Lambda::EventInvokeConfig': served('lambda'),
  'AWS::Lambda::Version': served('lambda', { ref: '{FunctionName}:$LATEST', attributes: { Version: '$LATEST' } }),
  'AWS::Lambda::Permission': accepted('whoever may call a function here is wired by the same template'),
  // A mapping on a queue is the queue module's, one on a table's stream is ours; each takes its own by the source ARN.
  'AWS::Lambda::EventSourceMapping': served('stream-source', IDENTIFIED),

  'AWS::ApiGatewayV2::Api': served('http-api', {
    ref: '{id}',
    arn: 'arn:aws:apigateway:{region}::/apis/{id}',
    attributes: { ApiEndpoint: '{url}', ApiId: '{id}' },
  }),
  'AWS::ApiGatewayV2::Route': served('http-api', IDENTIFIED),
  'AWS::ApiGatewayV2::Integration': served('http-api', IDENTIFIED),
  'AWS::ApiGatewayV2::Authorizer': served('http-api', { ref: '{id}', attributes: { AuthorizerId: '{id}' } }),
  'AWS::ApiGatewayV2::Stage': served('http-api', { nameProperty: 'StageName' }),
  'AWS::ApiGatewayV2::DomainName': accepted(DOMAINS, {
    nameProperty: 'DomainName',
    attributes: { RegionalDomainName: '{name}', RegionalHostedZoneId: 'Z0000000000000' },
  }),
  'AWS::ApiGatewayV2::ApiMapping': accepted(DOMAINS, IDENTIFIED),
  'AWS::ApiGateway::Account': accepted('access logs go to files, no role is needed to write them'),
  'AWS::CertificateManager::Certificate': accepted(DOMAINS, {
    ref: '{arn}',
    arn: 'arn:aws:acm:{region}:{account}:certificate/{name}',
  }),
  'AWS::Route53::RecordSet': accepted(DOMAINS),

  'AWS::IAM::Role': served('iam', {
    nameProperty: 'RoleName',
    arn: 'arn:aws:iam::{account}:role/{name}',
    attributes: { RoleId: '{name}' },
  }),
  'AWS::IAM::Policy': served('iam', { nameProperty: 'PolicyName' }),
  'AWS::IAM::RolePolicy': served('iam', { nameProperty: 'PolicyName' }),
  'AWS::IAM::ManagedPolicy': served('iam', {
    nameProperty: 'ManagedPolicyName',
    ref: '{arn}',
    arn: 'arn:aws:iam::{account}:policy/{name}',
  }),

  'AWS::SQS::Queue': served('queues', {
    nameProperty: 'QueueName',
    arn: 'arn:aws:sqs:{region}:{account}:{name}',
    ref: '{door}/{account}/{name}',
    attributes: { QueueName: '{name}', QueueUrl: '{door}/{account}/{name}' },
  }),
  'AWS::SQS::QueuePolicy': accepted(
    'deliveries into a queue are wired by the same template, roles are checked by their own',
  ),

  'AWS::S3::Bucket': served('objects', {
    nameProperty: 'BucketName',
    arn: 'arn:aws:s3:::{name}',
    attributes: {
      DomainName: '{name}.s3.amazonaws.com',
      RegionalDomainName: '{name}.s3.{region}.amazonaws.com',
      WebsiteURL: '{door}/{name}',
    },
  }),
  'AWS::S3::BucketPolicy': accepted('access is decided by the roles; a laptop has no other account to refuse'),
  'Custom::S3AutoDeleteObjects': accepted('buckets are emptied by --fresh'),

  'AWS::StepFunctions::StateMachine': served('states', {
    nameProperty: 'StateMachineName',
    ref: '{arn}',
    arn: 'arn:aws:states:{region}:{account}:stateMachine:{name}',
    attributes: { Name: '{name}', StateMachineRevisionId: 'INITIAL' },
  }),

  'AWS::Events::EventBus': served('events', {
    nameProperty: 'Name',
    arn: 'arn:aws:events:{region}:{account}:event-bus/{name}',
    attributes: { Name: '{name}' },
  }),
  'AWS::Events::Rule': served('events', {
    nameProperty: 'Name',
    arn: 'arn:aws:events:{region}:{account}:rule/{name}',
  }),
  'AWS::Events::EventBusPolicy': accepted('no other account can reach a laptop'),
  'AWS::Events::Archive': accepted('events are kept by the tables that they came from', {
    nameProperty: 'ArchiveName',
    arn: 'arn:aws:events:{region}:{account}:archive/{name}',
  }),
  'AWS::Scheduler::ScheduleGroup': served('events', {
    nameProperty: 'Name',
    arn: 'arn:aws:scheduler:{region}:{account}:schedule-group/{name}',
  }),
  'AWS::Scheduler::Schedule': served('events', {
    nameProperty: 'Name',
    arn: 'arn:aws:scheduler:{region}:{account}:schedule/default/{name}',
  }),

  'AWS::SES::EmailIdentity': accepted('the mailbox takes mail from any sender', {
    nameProperty: 'EmailIdentity',
    arn: 'arn:aws:ses:{region}:{account}:identity/{name}',
  }),
  'AWS::SES::ConfigurationSet': accepted('the mailbox keeps every mail', {
    nameProperty: 'Name',
    arn: 'arn:aws:ses:{region}:{account}:configuration-set/{name}',
  }),
  'AWS::SES::ConfigurationSetEventDestination': accepted(
    'a mailbox on the laptop has no bounces to report',
    IDENTIFIED,
  ),

  'AWS::KMS::Key': served('keys', {
    ref: '{id}',
    arn: 'arn:aws:kms:{region}:{account}:key/{id}',
    attributes: { KeyId: '{id}' },
  }),
  'AWS::KMS::Alias': served('keys', {
    nameProperty: 'AliasName',
    arn: 'arn:aws:kms:{region}:{account}:{name}',
  }),

  'AWS::SSM::Parameter': served('parameters', {
    nameProperty: 'Name',
    arn: 'arn:aws:ssm:{region}:{account}:parameter/{path}',
    attributes: { Value: '{Value}', Type: '{Type}' },
  }),

  'AWS::Logs::LogGroup': accepted('logs go to files under .local/logs', {
    nameProperty: 'LogGroupName',
    arn: 'arn:aws:logs:{region}:{account}:log-group:{name}:*',
  }),
  'AWS::Logs::MetricFilter': accepted(ALARMS),
  'AWS::Logs::QueryDefinition': accepted('saved queries are for the console', {
    attributes: { QueryDefinitionId: '{id}' },
  }),
  'AWS::Logs::ResourcePolicy': accepted('logs go to files under .local/logs'),
  'AWS::CloudWatch::Alarm': accepted(ALARMS, {
    nameProperty: 'AlarmName',
    arn: 'arn:aws:cloudwatch:{region}:{account}:alarm:{name}',
  }),
  'AWS::CloudWatch::CompositeAlarm': accepted(ALARMS, {
    nameProperty: 'AlarmName',
    arn: 'arn:aws:cloudwatch:{region}:{account}:alarm:{name}',
  }),
  'AWS::CloudWatch::Dashboard': accepted('the laptop page shows what is going on', { nameProperty: 'DashboardName' }),
  'AWS::SNS::Topic': accepted(ALARMS, {
    nameProperty: 'TopicName',
    ref: '{arn}',
    arn: 'arn:aws:sns:{region}:{account}:{name}',
    attributes: { TopicName: '{name}', TopicArn: '{arn}' },
  }),
  'AWS::SNS::TopicPolicy': accepted(ALARMS),
  'AWS::SNS::Subscription': accepted(ALARMS, { ref: '{arn}', arn: 'arn:aws:sns:{region}:{account}:{name}' }),
  'AWS::Budgets::Budget': accepted('a laptop sends no bill'),
  'AWS::CDK::Metadata': accepted('it only tells AWS which constructs were used'),
};
