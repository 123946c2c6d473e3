import type { Construct } from 'constructs';
import type { Setting } from './constructs/house-stack.ts';
import { ApiStack } from './stacks/api.ts';
import { DataStack } from './stacks/data.ts';
import { MeasuresStack } from './stacks/measures.ts';
import { MessagesStack } from './stacks/messages.ts';
import { OpsStack } from './stacks/ops.ts';
import { PayoutsStack } from './stacks/payouts.ts';
import { SettlementStack } from './stacks/settlement.ts';
import { TaxStack } from './stacks/tax.ts';
import { TrackingStack } from './stacks/tracking.ts';
import { WatchStack } from './stacks/watch.ts';
import { WebhooksStack } from './stacks/webhooks.ts';

/** The whole system: each stack is given what it depends on. */
export function tributary(app: Construct, setting: Setting): void {
  const watch = new WatchStack(app, setting);
  const watched = watch.watched(setting);
  const data = new DataStack(app, watched);

  const tracking = new TrackingStack(app, watched, data);
  const tax = new TaxStack(app, watched, data);
  const payouts = new PayoutsStack(app, watched, data, tax.matchTaxpayers);
  const settlement = new SettlementStack(app, watched, data, payouts.draft);
  const messages = new MessagesStack(app, watched, data);
  const webhooks = new WebhooksStack(app, watched, { data, messages });
  const api = new ApiStack(app, watched, {
    data,
    webhooks,
    trackingUrl: tracking.url,
    workflows: {
      'settle-conversions': settlement.settle,
      'release-commissions': settlement.release,
      'draft-payout': payouts.draft,
      'pay-payout': payouts.pay,
      'audit-ledger': settlement.audit,
      'backtest-attribution': settlement.backtest,
      'compare-attribution': settlement.compare,
      'file-1099': tax.file,
    },
  });
  const measures = new MeasuresStack(app, watched, data);
  new OpsStack(app, watched, {
    data,
    queues: [tracking.lateClicks, messages.mail, webhooks.deliveries],
    streams: [messages.publisher, measures.counter],
    scheduled: [
      { fn: messages.digests, failures: messages.digestFailures },
      { fn: payouts.dueRuns, failures: payouts.dueRunFailures },
    ],
    planners: [{ fn: webhooks.planner, failures: webhooks.deliveries.failures }],
    watched: [data, tracking, settlement, payouts, tax, messages, webhooks, api, measures],
  });
}
