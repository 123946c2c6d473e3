import type { Context } from 'hono';
import { html } from 'hono/html';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { wallClockMs } from '../../../lib/clock.ts';
import { format } from '../../../lib/money.ts';
import { epochMs } from '../../../lib/time.ts';
import { badge, count, type Html, nothing, path, quietZero, table, when } from '../../../web/parts.ts';
import { awaitsWord, type Typed } from '../../../web/payouts/forms.ts';
import type { NamedRun, OpenedRun } from '../../../web/payouts/opened-run.ts';
import { runBody } from '../../../web/payouts/run-body.ts';
import { PEOPLE } from '../../first-brand.ts';
import { ACTORS, type Actor, type BrandDesk, isActor, type Refusal } from '../brand-desk.ts';
import type { PayoutBook } from '../payout-book.ts';
import type { Rooms } from '../rooms.ts';
import type { Section, Show } from '../section.ts';
import { fileAddress } from './files.ts';

const DONE: Readonly<Record<string, string>> = {
  approval: 'Approved; paying starts.',
  rejection: 'Rejected; what it held is payable again.',
  confirmation: 'Confirmed as paid.',
  failure: 'Noted as failed; the amount is payable again.',
};

/** Payout runs: what they come to, whom they pay and why not others, and a person's decision on them, all through the brand API. */
export function payoutsSection({ objects }: Pick<Rooms, 'objects'>, book: PayoutBook): Section {
  const fileOf = ({ fileKey }: Pick<NamedRun, 'fileKey'>) => {
    if (fileKey === undefined) return undefined;
    const holds = (bucket: string) => objects.list(bucket, { prefix: fileKey, limit: 1 })[0]?.key === fileKey;
    const bucket = objects.buckets().find(holds);
    return bucket && fileAddress(bucket, fileKey);
  };

  const showRun = async (c: Context, show: Show, desk: BrandDesk, refusal?: Refusal, typed: TypedAs = {}) => {
    const { items, excluded, done = '' } = c.req.query();
    const from = { ...(items && { items }), ...(excluded && { excluded }) };
    const opened = await book.open(desk, c.req.param('runId') ?? '', from);
    if (!opened.ok) return showRefusal(c, show, opened.refusal);
    const said = Object.hasOwn(DONE, done) ? html`<div class="notice">${DONE[done]}</div>` : nothing;
    const notice = refusal ? refusalNotice(refusal) : said;
    const { run } = opened.answer;
    const view = {
      title: `${run.program}: ${format(run.totalCents, run.currency)}`,
      above: [{ title: 'Payouts', href: '/payouts' }],
      live: refusal === undefined && moves(opened.answer),
      body: runBody({
        ...opened.answer,
        ...{ file: fileOf(run), from, notice, typed },
        ...{ acting: (usually) => actingAs(typed.as ?? usually), nowMs: wallClockMs() },
      }),
    };
    return show(c, view, statusFor(refusal));
  };

  return {
    path: '/payouts',
    title: 'Payouts',
    mark() {
      const waiting = book.lastAwaiting().length;
      return waiting === 0 ? undefined : { text: `${count(waiting)} to approve`, alarming: true };
    },
    mount(app, show) {
      app.get('/payouts', async (c) => {
        const desk = book.desk();
        if (!desk) return show(c, { title: 'Payouts', body: noBrand(), live: true });
        const { program = '', cursor = '' } = c.req.query();
        const listed = await book.list(desk, { ...(program && { programId: program }), ...(cursor && { cursor }) });
        if (!listed.ok) return showRefusal(c, show, listed.refusal);
        const { runs, programs, older } = listed.answer;
        const body = html`
          <form class="row" method="get">
            <label>Program <select name="program"><option value="">all</option>${programs.map(
              ({ programId, name }) =>
                html`<option value="${programId}" ${programId === program ? 'selected' : ''}>${name}</option>`,
            )}</select></label>
            <button>Show</button>
          </form>
          ${runTable(runs)}
          ${older.map(
            ({ programId, name, cursor: next }) =>
              html`<nav class="pager"><span></span><a href="/payouts?${new URLSearchParams({ program: programId, cursor: next }).toString()}">Older of ${name} →</a></nav>`,
          )}`;
        return show(c, { title: 'Payouts', live: true, body });
      });

      app.get('/payouts/:runId', (c) => {
        const desk = book.desk();
        return desk ? showRun(c, show, desk) : show(c, { title: 'Payouts', body: noBrand() }, 404);
      });

      /** Asks the API as the person who was chosen, and shows either what came of it or why not. */
      const act = async (
        c: Context,
        form: Form,
        what: string,
        way: string,
        body: unknown,
        acknowledge: readonly string[] = [],
      ) => {
        const desk = book.desk();
        const { runId = '' } = c.req.param() as { runId?: string };
        const { as, why = '', reference = '' } = form;
        if (!desk) return show(c, { title: 'Payouts', body: noBrand() }, 404);
        if (!isActor(as)) return showRun(c, show, desk, nobody(as), { why, reference, acknowledge });
        const reply = await desk.ask(as, 'POST', `/v1${path('payouts', runId)}${way}`, body);
        if (!reply.ok) return showRun(c, show, desk, reply.refusal, { as, why, reference, acknowledge });
        return c.redirect(`${path('payouts', runId)}?done=${what}`, 303);
      };
      app.post('/payouts/:runId/approval', async (c) => {
        const form = await formOf(c);
        const { acknowledge = [] } = await c.req.parseBody({ all: true });
        const acknowledged = [acknowledge].flat().filter((one) => typeof one === 'string');
        return act(
          c,
          form,
          'approval',
          '/approval',
          { hash: form.hash ?? '', acknowledge: acknowledged },
          acknowledged,
        );
      });
      app.post('/payouts/:runId/rejection', async (c) => {
        const form = await formOf(c);
        return act(c, form, 'rejection', '/rejection', { why: form.why ?? '' });
      });
      app.post('/payouts/:runId/items', async (c) => {
        const form = await formOf(c);
        if (form.confirm) {
          const body = form.reference ? { reference: form.reference } : {};
          return act(c, form, 'confirmation', `${path('items', form.confirm)}/confirmation`, body);
        }
        return act(c, form, 'failure', `${path('items', form.fail ?? '')}/failure`, { why: form.why ?? '' });
      });
    },
  };
}

/** What was typed, and whose name was chosen for it. */
interface TypedAs extends Typed {
  readonly as?: Actor;
}

function actingAs(chosen: Actor): Html {
  return html`<label>Acting as <select name="as">${ACTORS.map(
    (actor) =>
      html`<option value="${actor}" ${actor === chosen ? 'selected' : ''}>${PEOPLE[actor]} (${actor})</option>`,
  )}</select></label>`;
}

type Form = Readonly<Partial<Record<'as' | 'hash' | 'why' | 'reference' | 'confirm' | 'fail', string>>>;

/** The texts of a form, without blanks around them. */
async function formOf(c: Context): Promise<Form> {
  const texts = Object.entries(await c.req.parseBody()).flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, value.trim()] as const] : [],
  );
  return Object.fromEntries(texts);
}

/** Whether a run changes by itself; with a form to fill in it is left alone. */
function moves({ run, items }: OpenedRun): boolean {
  if (run.status === 'drafting' || run.status === 'approved') return true;
  return run.status === 'paying' && !items.items.some(awaitsWord);
}

function nobody(as: string | undefined): Refusal {
  const detail = `There is no key of ${as ? `"${as}"` : 'nobody'}; choose one of the people listed.`;
  return { status: 400, title: 'Acting as whom', detail, code: 'no-such-person' };
}

const statusFor = (refusal: Refusal | undefined) => (refusal?.status ?? 200) as ContentfulStatusCode;

/** What the brand API said no with, in its own words. */
function refusalNotice({ title, detail, code }: Refusal): Html {
  return html`<div class="notice bad" role="alert">${title}: ${detail} <code class="quiet">${code}</code></div>`;
}

function showRefusal(c: Context, show: Show, refusal: Refusal) {
  const above = [{ title: 'Payouts', href: '/payouts' }];
  const title = refusal.status === 404 ? 'No such payout run' : 'Payouts';
  return show(c, { title, above, body: refusalNotice(refusal) }, statusFor(refusal));
}

function noBrand(): Html {
  return html`<p class="quiet">There is no brand yet, and so nobody whose key the page could use. Starting the laptop makes the first one.</p>`;
}

function runTable(runs: readonly NamedRun[]): Html {
  const nowMs = wallClockMs();
  const columns = [
    { title: 'Program', kind: 'wide' },
    { title: 'As of (UTC)' },
    { title: 'Status' },
    { title: 'Paid', kind: 'num' },
    { title: 'Not paid', kind: 'num' },
    { title: 'Total', kind: 'num' },
    { title: 'Made by' },
  ] as const;
  const rows = runs.map((run): (Html | string)[] => [
    html`<a href="${path('payouts', run.runId)}">${run.program}</a>`,
    when(epochMs(run.asOf), nowMs),
    badge(run.status),
    quietZero(run.itemCount),
    quietZero(run.excludedCount),
    format(run.totalCents, run.currency),
    run.madeBy,
  ]);
  return table(columns, rows, 'No payout run was drafted yet.');
}
