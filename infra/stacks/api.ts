import { Duration } from 'aws-cdk-lib';
import { HttpLambdaAuthorizer, HttpLambdaResponseType } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import type { Construct } from 'constructs';
import { Env, WORKFLOWS, type WorkflowName } from '../../lib/names.ts';
import { ROUTES } from '../../lib/routes.ts';
import { type Access, told } from '../constructs/access.ts';
import { HouseStack, type WatchedSetting } from '../constructs/house-stack.ts';
import { HttpRoutes } from '../constructs/http-routes.ts';
import { Lambda } from '../constructs/lambda.ts';
import { READ, WRITE } from '../constructs/table.ts';
import type { Workflow } from '../constructs/workflow.ts';
import type { DataStack } from './data.ts';
import type { WebhooksStack } from './webhooks.ts';

export interface ApiProps {
  readonly data: DataStack;
  readonly webhooks: WebhooksStack;
  readonly workflows: Readonly<Record<WorkflowName, Workflow>>;
  /** What links start with. */
  readonly trackingUrl: string;
}

type ApiFunction = (typeof ROUTES)[number]['function'];

/** Routes that carry many conversions a request. */
const MANY: ReadonlySet<string> = new Set(['reportConversions', 'restateConversions', 'uploadConversions']);

/** The brand API: routes from lib/routes.ts, one function an area. */
export class ApiStack extends HouseStack {
  constructor(scope: Construct, setting: WatchedSetting, props: ApiProps) {
    super(scope, 'api', setting, 'the HTTP API for brands');
    const { throttle, apiDomain, apiOrigins } = this.stage;
    const routes = new HttpRoutes(this, 'api', 'ApiUrl', {
      throttle: throttle.api,
      domain: apiDomain,
      origins: apiOrigins,
      impact: 'Brands get server errors: conversions are not accepted and payouts cannot be worked on.',
    });
    const authorizer = this.authorizer(props.data);
    const functions = this.functions(props);
    for (const route of ROUTES) {
      routes.add(route.id, {
        method: route.method,
        path: route.path,
        handler: functions[route.function],
        access:
          route.access === 'public'
            ? { everybody: 'pages are public: they read and write nothing, and ask for a key where one is needed' }
            : authorizer,
        throttle: MANY.has(route.id) ? throttle.batch : undefined,
      });
    }
  }

  /**
   * Who calls is answered once a minute for each key. So a revoked key works for up to a minute more, which docs/deploy.md says, and
   * a brand that reports a thousand conversions pays for one look-up.
   */
  private authorizer(data: DataStack): HttpLambdaAuthorizer {
    const authorize = new Lambda(this, 'api/authorize', {
      memoryMb: 512,
      timeoutSeconds: 5,
      access: [data.core.may('GetItem', 'Query')],
      impact: 'Every call to the brand API is refused, so no conversion is accepted.',
    });
    return new HttpLambdaAuthorizer('api-key', authorize, {
      responseTypes: [HttpLambdaResponseType.SIMPLE],
      identitySource: ['$request.header.Authorization'],
      resultsCacheTtl: Duration.minutes(1),
    });
  }

  private functions({ data, webhooks, workflows, trackingUrl }: ApiProps): Record<ApiFunction, Lambda> {
    const readCore = data.core.may(...READ);
    const core = data.core.may(...READ, ...WRITE, 'DeleteItem');
    const readLedger = data.ledger.may('GetItem', 'Query');
    const named = told({
      [Env.workflows]: this.toJsonString(
        Object.fromEntries(WORKFLOWS.map((name) => [name, workflows[name].stateMachineArn])),
      ),
    });
    const area = (entry: ApiFunction, impact: string, ...access: Access[]) =>
      new Lambda(this, entry, { memoryMb: 512, timeoutSeconds: 15, access, impact });

    return {
      'api/keys': area('api/keys', 'Brands can neither make nor revoke API keys.', core, data.sealSigningSecrets()),
      'api/programs': area('api/programs', 'Brands cannot read or change programs, policies and plans.', core),
      'api/plans': area(
        'api/plans',
        'Drafts of commission plans cannot be checked or tried, and nobody can look up a rate; settlement goes on.',
        core,
        data.conversions.may('BatchGetItem', 'Query'),
      ),
      'api/partners': area('api/partners', 'Brands cannot read, add or change partners.', core),
      'api/payout-methods': area(
        'api/payout-methods',
        'Payout details of partners and accounts at PayPal and Wise cannot be set, so new partners are left out of payouts.',
        core,
        data.vault.may('PutItem'),
        data.encryptVault(),
        data.sealProviders(),
      ),
      'api/tax-forms': area(
        'api/tax-forms',
        'Tax forms and what the IRS says of them cannot be taken in, so new partners are left out of payouts.',
        core,
        data.vault.may('PutItem'),
        data.sealTaxForms(),
        readLedger,
      ),
      'api/year-end': area(
        'api/year-end',
        'How returns name the payer cannot be put in, and nobody can read what was filed.',
        core,
        data.vault.may('PutItem'),
        data.sealTaxForms(),
      ),
      'api/enrolments': area('api/enrolments', 'Partners cannot be enrolled and agreements are not recorded.', core),
      'api/links': area(
        'api/links',
        'No tracking links can be made or changed; existing ones keep working.',
        core,
        told({ [Env.trackingUrl]: trackingUrl }),
      ),
      'api/attribution': area(
        'api/attribution',
        'Deals and leads are not recorded, and no attribution policy or model can be tried out.',
        core,
        data.readDocuments('reports'),
        workflows['backtest-attribution'].start(),
        workflows['backtest-attribution'].inspect(),
        workflows['compare-attribution'].start(),
        workflows['compare-attribution'].inspect(),
        named,
      ),
      'api/codes': area('api/codes', 'Coupon codes cannot be registered or changed; existing ones keep working.', core),
      'api/caps': area(
        'api/caps',
        'Caps cannot be set, raised or read; those in force are kept to.',
        core,
        data.conversions.may('Query'),
      ),
      'api/identify': new Lambda(this, 'api/identify', {
        memoryMb: 512,
        timeoutSeconds: 15,
        access: [core, data.readClickKeys(), told({ [Env.clickRetentionDays]: String(this.stage.clickDays) })],
        impact: 'Customers are not recognised: orders without a click id credit nobody, journeys end at the device.',
      }),
      'api/report-conversions': area(
        'api/report-conversions',
        'Orders that brands report are refused; what partners earn waits until the brand tries again.',
        data.core.may('GetItem', 'UpdateItem'),
        data.conversions.may('GetItem', 'PutItem'),
        data.readClickKeys(),
        data.openSigningSecrets(),
      ),
      'api/conversions': area(
        'api/conversions',
        'Returns, cancellations, amendments and uploaded orders are refused; partners are paid by the orders as they were.',
        core,
        data.conversions.may(...READ, ...WRITE),
        data.clicks.may('Query'),
        readLedger,
        data.readClickKeys(),
        data.openSigningSecrets(),
      ),
      'api/fx-rates': area(
        'api/fx-rates',
        'Exchange rates cannot be sent, so orders in other currencies wait to be settled.',
        core,
        workflows['settle-conversions'].start(),
        named,
      ),
      'api/experiments': area(
        'api/experiments',
        'Experiments cannot be registered, and shops that ask which arm a customer is in get no answer.',
        core,
      ),
      'api/statements': area(
        'api/statements',
        'Brands cannot see ledgers, statements and daily figures.',
        readCore,
        readLedger,
        data.readDocuments('statements'),
      ),
      'api/adjustments': area(
        'api/adjustments',
        'Corrections by hand can be neither proposed nor approved; partners wait for money they were promised.',
        core,
        data.conversions.may('BatchGetItem'),
        data.ledger.may('GetItem', 'Query', 'PutItem'),
      ),
      'api/disputes': area(
        'api/disputes',
        'Disputes of partners are not taken in and cannot be answered.',
        core,
        data.conversions.may('BatchGetItem'),
      ),
      'api/payouts': area(
        'api/payouts',
        'Payout runs cannot be drafted, approved or confirmed, so partners are paid late.',
        core,
        data.ledger.may('GetItem', 'Query', 'PutItem'),
        workflows['draft-payout'].start(),
        workflows['pay-payout'].start(),
        named,
      ),
      'api/webhooks': area(
        'api/webhooks',
        'Webhooks and postbacks cannot be set up or replayed; what is subscribed is still sent.',
        core,
        data.webhooks.may(...READ, ...WRITE, 'DeleteItem'),
        data.sealSecrets(),
        webhooks.deliveries.send(),
      ),
      'api/executions': area(
        'api/executions',
        'Brands cannot start or follow runs; scheduled ones go on.',
        core,
        ...WORKFLOWS.flatMap((name) => [workflows[name].start(), workflows[name].inspect()]),
        named,
      ),
      'api/audit': area('api/audit', 'Brands cannot read who changed what; changes are still recorded.', readCore),
      'api/pages': area('api/pages', 'The documentation of the API and the page to approve payouts on do not load.'),
    };
  }
}
