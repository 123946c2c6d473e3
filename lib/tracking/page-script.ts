/** What of a browser the script touches. */
interface Page {
  readonly document: {
    readonly currentScript: {
      readonly src: string;
      readonly dataset: Readonly<Record<string, string | undefined>>;
    } | null;
    cookie: string;
    dispatchEvent(event: unknown): boolean;
  };
  readonly location: { readonly href: string };
  readonly top: unknown;
  readonly self: unknown;
  readonly fetch: (
    url: string,
    options: object,
  ) => Promise<{ json(): Promise<{ clickId?: string; visitor?: string }> }>;
  readonly CustomEvent: new (name: string, options: object) => unknown;
  readonly URL: typeof URL;
  tributary?: object;
}

/**
 * Runs on the brand's own pages. Takes the click id from the address the visitor landed on, or turns `?via=` into a recorded click, and hands it
 * to the page: `tributary.clickId()`, and an event `tributary` on the document. Nothing is kept in the browser, nor read from it, before
 * consent; with it the id stays in a first-party cookie. A page in a frame does nothing: there nobody followed a link.
 *
 * Its text is what is served, so it uses nothing from outside itself.
 */
function onPage(page: Page): void {
  const { document, top, self } = page;
  const tag = document.currentScript;
  if (!tag || top !== self || page.tributary) return;
  const { brand = '', parameter = 'trb_click', via: viaName = 'via', days = '90', domain, consent } = tag.dataset;
  const query = new page.URL(page.location.href).searchParams;
  const attributes = `;path=/;secure;samesite=lax${domain ? `;domain=${domain}` : ''}`;
  const given = query.get(parameter) ?? '';
  let clickId = /^[\w-]{64}$/.test(given) ? given : undefined;
  let visitor: string | undefined;
  let may = consent === 'granted';

  const read = (name: string) =>
    may
      ? document.cookie
          .split('; ')
          .find((cookie) => cookie.startsWith(`${name}=`))
          ?.slice(name.length + 1)
      : undefined;
  const put = (name: string, value: string, seconds: number) => {
    document.cookie = `${name}=${value};max-age=${seconds}${attributes}`;
  };
  const keep = () => {
    if (!may) return;
    if (clickId) put(parameter, clickId, Number(days) * 86_400);
    if (visitor) put('trb_v', visitor, Number(days) * 86_400);
  };
  const tell = () => {
    keep();
    document.dispatchEvent(new page.CustomEvent('tributary', { detail: { clickId } }));
  };
  page.tributary = {
    clickId: () => clickId ?? read(parameter),
    consent(granted: boolean) {
      may = granted;
      if (granted) keep();
      else for (const name of [parameter, 'trb_v']) put(name, '', 0);
    },
  };

  const via = query.get(viaName);
  if (clickId) tell();
  else if (via) {
    const url = new page.URL(
      `/v/${encodeURIComponent(/^[0-9a-z]{14}$/i.test(via) ? via : `${brand}-${via}`)}`,
      tag.src,
    );
    for (const name of ['sub1', 'sub2', 'sub3', 'sub4', 'sub5', 'sharedid']) {
      const value = query.get(name);
      if (value) url.searchParams.set(name, value);
    }
    if (may) url.searchParams.set('visitor', read('trb_v') ?? 'new');
    page
      .fetch(url.href, { method: 'POST', credentials: 'omit', keepalive: true })
      .then((answer) => answer.json())
      .then((answer) => {
        clickId = answer.clickId;
        visitor = answer.visitor;
        if (clickId) tell();
      })
      // The page goes on without: a click that could not be taken is no reason for an error on a shop's page.
      .catch(() => {});
  }
}

/** The script as browsers get it. */
export const pageScript = `(${onPage.toString()})(window)`;
