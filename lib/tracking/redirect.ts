/** An HTTP answer, as an HTTP API takes it. */
export interface PageAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies?: string[];
  readonly body?: string;
}

/**
 * A destination with the click id in its query. The address stays as the brand wrote it, byte for byte: query and fragment are kept, only
 * an older value of the same parameter goes, since pages differ in which of two they read.
 */
export function withClickId(destinationUrl: string, parameter: string, clickId: string): string {
  const [address, fragment] = cut(destinationUrl, '#');
  const [page, query] = cut(address, '?');
  const kept = query ? query.split('&').filter((pair) => decoded(cut(pair, '=')[0]) !== parameter) : [];
  const pairs = [...kept, `${parameter}=${clickId}`];
  return `${page}?${pairs.join('&')}${fragment === undefined ? '' : `#${fragment}`}`;
}

/** A parameter's name as the page that reads it sees it; one that is not well encoded names nothing of ours. */
function decoded(name: string): string {
  if (!name.includes('%')) return name;
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

export function cut(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

/**
 * Sends a visitor on. `302` and `no-store`, because a remembered redirect would keep later clicks from us. The shop may see which site the
 * visitor came from, not which page of it.
 */
export function redirectTo(location: string, ...cookies: string[]): PageAnswer {
  return {
    statusCode: 302,
    headers: {
      location,
      'cache-control': 'no-store',
      'referrer-policy': 'strict-origin-when-cross-origin',
      'x-robots-tag': 'noindex, nofollow',
    },
    ...(cookies.length === 0 ? {} : { cookies }),
  };
}

/** The page for a link that does not exist. */
export const notFoundPage = (): PageAnswer =>
  page(404, 'This link leads nowhere', 'Please check the address, or ask whoever gave it to you for a new one.');

/** The page for the rare moment in which a link cannot be looked up. */
export const tryAgainPage = (): PageAnswer => {
  const answer = page(503, 'Please try again', 'This link cannot be followed right now. Reload the page in a moment.');
  return { ...answer, headers: { ...answer.headers, 'retry-after': '2' } };
};

function page(statusCode: number, title: string, text: string): PageAnswer {
  return {
    statusCode,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-robots-tag': 'noindex',
    },
    body: `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title><body style="font:1.1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:20vh auto;padding:0 1rem"><h1>${title}</h1><p>${text}</p></body></html>`,
  };
}
