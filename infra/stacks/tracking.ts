import type { Construct } from 'constructs';
import { Env } from '../../lib/names.ts';
import { told } from '../constructs/access.ts';
import { incidentAlarm } from '../constructs/alarm.ts';
import { HouseStack, type WatchedSetting } from '../constructs/house-stack.ts';
import { HttpRoutes } from '../constructs/http-routes.ts';
import { Lambda } from '../constructs/lambda.ts';
import { QueueWorker, WorkQueue } from '../constructs/queue-worker.ts';
import type { DataStack } from './data.ts';

const RECORD_TIMEOUT_SECONDS = 30;

/** Partners' links: a visitor is redirected and the click is stored, at once or, when the table is slow, from a queue. */
export class TrackingStack extends HouseStack {
  /** What links start with, without a slash at the end. */
  readonly url: string;
  readonly lateClicks: WorkQueue;

  constructor(scope: Construct, setting: WatchedSetting, data: DataStack) {
    super(scope, 'tracking', setting, 'redirects tracking links and records clicks');
    const { stage } = this;
    const retention = told({ [Env.clickRetentionDays]: String(stage.clickDays) });

    this.lateClicks = new WorkQueue(this, 'late-clicks', {
      variable: Env.lateClicksQueue,
      workerTimeoutSeconds: RECORD_TIMEOUT_SECONDS,
      staleAfterMinutes: 30,
      impact:
        'Clicks that were answered are missing from the journeys of their visitors, so orders may be credited without them.',
    });
    new QueueWorker(this, 'queue/record-click', {
      source: this.lateClicks,
      batchSize: 100,
      windowSeconds: 5,
      workers: 5,
      memoryMb: 256,
      timeoutSeconds: RECORD_TIMEOUT_SECONDS,
      access: [data.clicks.may('PutItem')],
      impact: 'Late clicks stay in the queue; partners miss credit for orders settled before they are recorded.',
    });

    const takesClicks = () => [
      data.core.may('GetItem'),
      data.clicks.may('PutItem'),
      this.lateClicks.send(),
      data.readClickKeys(),
      retention,
    ];
    const click = new Lambda(this, 'track/click', {
      memoryMb: 256,
      timeoutSeconds: 5,
      access: [...takesClicks(), told({ [Env.assumedCountry]: stage.assumedCountry })],
      impact: 'Visitors who follow a tracking link see an error page, and their clicks are lost to the partner.',
      untraced:
        'a trace costs five times the write that a click is; latency, errors and throttles are metrics already, and there is one call to trace',
    });
    const via = new Lambda(this, 'track/via', {
      memoryMb: 256,
      timeoutSeconds: 5,
      access: takesClicks(),
      impact: "Visitors who reach a brand's page with ?via= are not recorded, so their orders credit nobody.",
    });
    const script = new Lambda(this, 'track/script', {
      memoryMb: 256,
      timeoutSeconds: 5,
      access: [],
      impact: "Brands' pages cannot load the tracking script; orders of visitors who came with ?via= credit nobody.",
    });
    const track = new HttpRoutes(this, 'track', 'TrackingUrl', {
      throttle: stage.throttle.track,
      domain: stage.trackingDomain,
      impact: 'Visitors who follow tracking links get a server error instead of the page they asked for.',
    });
    // Link checkers and previews ask with HEAD; they get the redirect and are not counted.
    for (const method of ['GET', 'HEAD'] as const) {
      track.add(method === 'GET' ? 'click' : 'look', {
        method,
        path: '/c/{link}',
        handler: click,
        access: {
          everybody: 'tracking links are for everybody to follow; what they may do is redirect to a stored address',
        },
      });
    }
    track.add('postback', {
      method: 'GET',
      path: '/postback',
      handler: new Lambda(this, 'track/postback', {
        memoryMb: 256,
        timeoutSeconds: 10,
        access: [
          data.core.may('GetItem'),
          data.conversions.may('GetItem', 'PutItem', 'UpdateItem'),
          data.readClickKeys(),
        ],
        impact:
          'Conversions that trackers report by postback are refused; what they earn waits until the tracker sends them again.',
      }),
      access: {
        everybody:
          'trackers can send no header; the token in the query is a key that reports for one program and does nothing else',
      },
      throttle: stage.throttle.api,
    });
    track.add('via', {
      method: 'POST',
      path: '/v/{link}',
      handler: via,
      access: {
        everybody: "visitors' browsers call it; it records a click of a page on the program's own hosts, and no more",
      },
    });
    track.add('script', {
      method: 'GET',
      path: '/t.js',
      handler: script,
      access: { everybody: 'a script that is the same for everybody and holds nothing' },
    });
    this.url = track.url;
    incidentAlarm(
      this,
      'clicks-not-stored',
      'ClicksNotStored',
      'Clicks reached neither table nor queue; their orders are still credited by click id, but journeys miss them.',
    );
    incidentAlarm(
      this,
      'links-unreadable',
      'LinksUnreadable',
      'Visitors who follow tracking links are asked to try again, because the links cannot be read.',
    );
    incidentAlarm(
      this,
      'program-rules-unreadable',
      'ProgramRulesUnreadable',
      "Clicks are taken without their program's settings: deep links lead to the link's own destination, and nobody is out of geo.",
    );
    incidentAlarm(
      this,
      'click-keys-unreadable',
      'ClickKeysUnreadable',
      'Visitors reach the shops without a click id, so their orders can be credited to nobody.',
    );
  }
}
