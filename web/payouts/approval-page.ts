import { createHash } from 'node:crypto';
import { PAGE_STYLE } from '../style.ts';
import { APPROVAL_SCRIPT } from './approval-script.ts';

/**
 * The page at `/payouts/{runId}`, the same for every run: it knows nothing. Whoever opens it gives their API key, with which its script asks
 * for what {@link runPage} makes, and says what they decide. The key stays in the script's memory and goes to this API alone.
 */
export const APPROVAL_PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Payout run · Tributary</title>
<link rel="icon" href="data:,">
<style>${PAGE_STYLE}
main { margin: 0 auto; }
#key { max-width: 34rem; margin: 12vh auto 1.2rem; }
#key .row { margin: 1rem 0 0; }
#key[hidden] { display: none; }
</style>
</head>
<body>
<main>
<form class="card" id="key">
  <h1>A payout run</h1>
  <p>What it pays, whom it does not pay and why, what looks wrong with it; and your decision. Who made a run cannot approve it.</p>
  <div class="row">
    <label class="grow">API key of an owner, or of finance <input type="password" name="key" autocomplete="off" spellcheck="false" required autofocus></label>
    <button class="main">Open</button>
  </div>
  <p class="quiet">The key is kept by this page alone, until it is closed or loaded again.</p>
  <noscript><p class="notice warn">This page needs scripts. Without them there is <code>GET /v1/payouts/{runId}</code>, and the routes below it.</p></noscript>
</form>
<div id="said" role="status"></div>
<div id="run"></div>
</main>
<script type="module">${APPROVAL_SCRIPT}</script>
</body>
</html>
`;

/** Nothing but the page's own script runs, and it reaches nothing but this API. */
export const APPROVAL_POLICY = [
  "default-src 'none'",
  `script-src 'sha256-${createHash('sha256').update(APPROVAL_SCRIPT).digest('base64')}'`,
  "style-src 'unsafe-inline'",
  'img-src data:',
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');
