/**
 * What the approval page does in the browser. Written in plain JavaScript, since it is sent as it stands. What the API makes of a run is
 * escaped there; what it refuses with is set as text here.
 */
export const APPROVAL_SCRIPT = `
const [keyForm, said, shown] = ['key', 'said', 'run'].map((id) => document.getElementById(id));
let key = '';
let timer;

const runId = () => location.pathname.split('/')[2];

async function ask(path, body) {
  const headers = { authorization: 'Bearer ' + key, ...(body && { 'content-type': 'application/json' }) };
  const answer = await fetch('/v1/payouts/' + runId() + path, {
    method: body ? 'POST' : 'GET', headers, body: body && JSON.stringify(body), cache: 'no-store', referrerPolicy: 'no-referrer',
  });
  const text = await answer.text();
  if (answer.ok) return text;
  let problem = {};
  try { problem = JSON.parse(text); } catch {}
  const why = problem.detail ?? problem.message ?? 'The API answered ' + answer.status + '.';
  throw new Error(answer.status === 401 || answer.status === 403 && !problem.detail ? 'The key was not accepted.' : why);
}

function say(words, tone) {
  said.className = words ? 'notice ' + (tone ?? '') : '';
  said.textContent = words ?? '';
}

/** Whatever fails is said above the run, which stays as it was, typed words included. */
async function attempt(work) {
  try {
    await work();
  } catch (error) {
    say(error instanceof TypeError ? 'The API did not answer; what you asked for may have been done. Open the run again to see.' : error.message, 'bad');
  }
}

async function show() {
  shown.innerHTML = await ask('/page' + location.search);
  document.title = (shown.querySelector('h1')?.textContent ?? 'Payout run') + ' · Tributary';
  keyForm.hidden = true;
  clearTimeout(timer);
  // A run that is being made or paid changes by itself; with a form to fill in it is left alone.
  if (shown.querySelector('.facts .busy') && !shown.querySelector('form')) timer = setTimeout(() => show().catch(() => {}), 3000);
}

keyForm.addEventListener('submit', (event) => {
  event.preventDefault();
  key = new FormData(keyForm).get('key').trim();
  attempt(async () => { await show(); say(); });
});

const DECISIONS = {
  approval: (form) => ['/approval', { hash: form.get('hash'), acknowledge: form.getAll('acknowledge') }, 'Approved; paying starts.'],
  rejection: (form) => ['/rejection', { why: form.get('why').trim() }, 'Rejected; what it held is payable again.'],
  items: (form, { name, value }) => name === 'confirm'
    ? ['/items/' + encodeURIComponent(value) + '/confirmation', form.get('reference').trim() ? { reference: form.get('reference').trim() } : {}, 'Confirmed as paid.']
    : ['/items/' + encodeURIComponent(value) + '/failure', { why: form.get('why').trim() }, 'Noted as failed; the amount is payable again.'],
};

shown.addEventListener('submit', (event) => {
  event.preventDefault();
  const { target: form, submitter } = event;
  const [path, body, done] = DECISIONS[new URL(form.action).pathname.split('/')[3]](new FormData(form), submitter ?? {});
  const buttons = shown.querySelectorAll('button');
  for (const button of buttons) button.disabled = true;
  attempt(async () => {
    try {
      await ask(path, body);
    } catch (error) {
      // Why it was not approved may be a finding by now; nothing was typed that would be lost.
      if (path === '/approval' && !(error instanceof TypeError)) await show().catch(() => {});
      throw error;
    }
    await show();
    say(done);
  })
    .finally(() => { for (const button of buttons) button.disabled = false; scrollTo(0, 0); });
});

shown.addEventListener('click', (event) => {
  const link = event.target.closest('a[href^="/payouts/"]');
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  history.pushState(null, '', link.href);
  attempt(async () => { await show(); say(); scrollTo(0, 0); });
});
addEventListener('popstate', () => key && attempt(async () => { await show(); say(); }));
`;
