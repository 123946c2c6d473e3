// Keeps a live page fresh while it is looked at and nobody is typing or has something unfolded. Everything works without this.
const EVERY_MS = 3000;
const main = document.querySelector('main[data-live]');

async function refresh() {
  const busy =
    document.hidden ||
    main.querySelector('details[open], textarea:not(:placeholder-shown)') ||
    main.contains(document.activeElement) ||
    String(getSelection()) !== '';
  if (busy) return;
  const answer = await fetch(location.href);
  if (!answer.ok) return;
  const next = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const body = next.querySelector('main');
  if (body && body.innerHTML !== main.innerHTML) main.replaceChildren(...body.childNodes);
  const menu = next.querySelector('header nav');
  if (menu) document.querySelector('header nav').replaceChildren(...menu.childNodes);
  // A page that came to rest, with a form to fill in perhaps, is left alone from then on.
  if (body && !body.hasAttribute('data-live')) clearInterval(timer);
}

const timer = main && setInterval(() => refresh().catch(() => {}), EVERY_MS);
