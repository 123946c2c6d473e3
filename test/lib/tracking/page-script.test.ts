import { runInNewContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { buildSync } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { pageScript } from '../../../lib/tracking/page-script.ts';

const ID = 'x'.repeat(64);
const OTHER = 'y'.repeat(64);

/** Runs the script as a page would, in a realm that has nothing else. */
async function page(
  address: string,
  dataset: Record<string, string> = {},
  { cookie = '', framed = false, answer = {} as object } = {},
) {
  const cookies = new Map(cookie ? cookie.split('; ').map((pair) => pair.split('=') as [string, string]) : []);
  const asked: { url: string; options: object }[] = [];
  const told: unknown[] = [];
  const written: string[] = [];
  const window: Record<string, unknown> = {
    document: {
      currentScript: { src: 'https://go.example/t.js', dataset },
      get cookie() {
        return [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      },
      set cookie(text: string) {
        written.push(text);
        const [pair = '', ...rest] = text.split(';');
        const [name = '', value = ''] = pair.split('=');
        if (rest.includes('max-age=0')) cookies.delete(name);
        else cookies.set(name, value);
      },
      dispatchEvent: (event: { detail: unknown }) => told.push(event.detail),
    },
    location: { href: address },
    URL,
    CustomEvent: class {
      readonly detail: unknown;
      constructor(_: string, options: { detail: unknown }) {
        this.detail = options.detail;
      }
    },
    fetch: async (url: string, options: object) => {
      asked.push({ url, options });
      if (answer instanceof Error) throw answer;
      return { json: async () => answer };
    },
  };
  window.self = window;
  window.top = framed ? {} : window;
  runInNewContext(pageScript, { window });
  await new Promise((later) => setImmediate(later));
  const api = window.tributary as { clickId(): string | undefined; consent(is: boolean): void } | undefined;
  return { api, cookies, asked, told, written };
}

describe('the script', () => {
  test('is less than 2 KB on the wire', () => {
    const text = buildSync({ stdin: { contents: pageScript, loader: 'js' }, minify: true, write: false })
      .outputFiles[0]!.text;
    expect(gzipSync(text).length).toBeLessThan(2_048);
  });

  test('hands over the click id of the address, and keeps nothing without consent', async () => {
    const { api, cookies, told, asked, written } = await page(`https://shop.example/?trb_click=${ID}`);
    expect(api?.clickId()).toBe(ID);
    expect(told).toMatchObject([{ clickId: ID }]);
    expect([...cookies]).toEqual([]);
    expect(written).toEqual([]);
    expect(asked).toEqual([]);
  });

  test('keeps it once there is consent, and forgets it when that is withdrawn', async () => {
    const { api, cookies, written } = await page(`https://shop.example/?cid=${ID}`, {
      parameter: 'cid',
      domain: 'shop.example',
    });
    api?.consent(true);
    expect([...cookies]).toEqual([['cid', ID]]);
    expect(written).toEqual([`cid=${ID};max-age=7776000;path=/;secure;samesite=lax;domain=shop.example`]);
    api?.consent(false);
    expect([...cookies]).toEqual([]);
  });

  test('finds on a later page what was kept, with consent only', async () => {
    const cookie = `a=b; trb_click=${ID}`;
    expect((await page('https://shop.example/cart', { consent: 'granted' }, { cookie })).api?.clickId()).toBe(ID);
    expect((await page('https://shop.example/cart', {}, { cookie })).api?.clickId()).toBeUndefined();
  });

  test('turns ?via= with a slug into a click', async () => {
    const answer = { clickId: ID };
    const { asked, told, cookies } = await page(
      'https://shop.example/?via=anna&sub1=a%20b',
      { brand: '0a1b2c' },
      { answer },
    );
    expect(asked).toEqual([
      {
        url: 'https://go.example/v/0a1b2c-anna?sub1=a+b',
        options: { method: 'POST', credentials: 'omit', keepalive: true },
      },
    ]);
    expect(told).toMatchObject([{ clickId: ID }]);
    expect([...cookies]).toEqual([]);
  });

  test('turns ?via= with a link’s code into a click, and keeps id and visitor with consent', async () => {
    const answer = { clickId: ID, visitor: 'AAECAwQFBgc' };
    const data = { consent: 'granted' };
    const { asked, cookies } = await page('https://shop.example/?via=0a1b2c00000001', data, { answer });
    expect(asked[0]!.url).toBe('https://go.example/v/0a1b2c00000001?visitor=new');
    expect(Object.fromEntries(cookies)).toEqual({ trb_click: ID, trb_v: 'AAECAwQFBgc' });
    const known = { answer, cookie: 'trb_v=AAECAwQFBgc' };
    const second = await page('https://shop.example/?via=0a1b2c00000001', data, known);
    expect(second.asked[0]!.url).toBe('https://go.example/v/0a1b2c00000001?visitor=AAECAwQFBgc');
  });

  test('takes the address’s click id over ?via=, and no id that is none', async () => {
    const both = await page(`https://shop.example/?trb_click=${ID}&via=anna`, {}, { answer: { clickId: OTHER } });
    expect([both.asked, both.api?.clickId()]).toEqual([[], ID]);
    const odd = await page('https://shop.example/?trb_click=<script>', { consent: 'granted' });
    expect([odd.api?.clickId(), odd.written]).toEqual([undefined, []]);
  });

  test.each([
    ['a page without either', 'https://shop.example/', {}, {}],
    ['a page in a frame', 'https://shop.example/?via=anna', {}, { framed: true }],
    ['a refused click', 'https://shop.example/?via=anna', { consent: 'granted' }, { answer: new Error('no') }],
    ['an answer without an id', 'https://shop.example/?via=anna', { consent: 'granted' }, { answer: {} }],
  ])('leaves %s alone', async (_, address, dataset, more) => {
    const { told, written } = await page(address, dataset, more);
    expect([told, written]).toEqual([[], []]);
  });
});
