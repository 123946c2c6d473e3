import { isbot } from 'isbot';

/** Header names in lower case, as HTTP APIs hand them over. */
export type Headers = Readonly<Record<string, string | undefined>>;

/** Who follows a link. Only a person's visit is a click; the others are redirected and not counted. */
export type Visit = 'person' | 'bot' | 'prefetch';

/** Where browsers say that they fetch a page which nobody asked for yet. */
const PURPOSE_HEADERS = ['sec-purpose', 'purpose', 'x-purpose', 'x-moz'] as const;

/** Programs that call themselves a browser and are in no list of bots: previews of Teams, Discord's image proxy, a mail scanner, an auditor. */
const POSING =
  /SkypeSpaces|SkypeUriPreview|Intel Mac OS X 10\.10; rv:38\.0\) Gecko\/20100101 Firefox\/38\.0|Barracuda|Chrome-Lighthouse|Lighthouse/;

/** How the name of every browser begins. Apps that fetch a preview begin with their own. */
const BROWSER = /^(?:Mozilla|Opera|UCWEB)\//;

/**
 * Tells a person's visit from a crawler's, a mail scanner's `HEAD`, and a browser's guess of what will be clicked next. Every browser names
 * itself, so a request without `User-Agent` is a program.
 */
export function visitOf(method: string, headers: Headers): Visit {
  if (PURPOSE_HEADERS.some((name) => /prefetch|prerender|preview/i.test(headers[name] ?? ''))) return 'prefetch';
  const userAgent = headers['user-agent'];
  return method === 'GET' && userAgent && BROWSER.test(userAgent) && !POSING.test(userAgent) && !isbot(userAgent)
    ? 'person'
    : 'bot';
}

/**
 * Whether a request is for something else than a page of its own: an image, a script or a frame, which is how cookies are stuffed into
 * browsers of people who followed nothing. Browsers that do not say so are believed.
 */
export function isNotAPage(headers: Headers): boolean {
  const destination = headers['sec-fetch-dest'];
  return (destination !== undefined && destination !== 'document') || headers['sec-fetch-mode'] === 'no-cors';
}

/** Where the visitor is, ISO 3166, when a CDN in front says so; nothing when it does not know. */
export function viewerCountry(headers: Headers): string | undefined {
  const country = headers['cloudfront-viewer-country']?.toUpperCase();
  return country !== undefined && /^[A-Z]{2}$/.test(country) && country !== 'XX' ? country : undefined;
}

/** The same with what is assumed where no CDN says anything; one that says it does not know is believed. */
export const countryOr = (headers: Headers, assumed: string | undefined): string | undefined =>
  headers['cloudfront-viewer-country'] === undefined ? assumed : viewerCountry(headers);

/** The visitor's own address when a CDN in front says so (`address:port`), else the caller's. */
export function viewerAddress(headers: Headers, sourceIp: string): string {
  return headers['cloudfront-viewer-address']?.replace(/:\d+$/, '') ?? sourceIp;
}

/** Whether the visitor asked not to be followed from site to site (Global Privacy Control). */
export const refusesTracking = (headers: Headers): boolean => headers['sec-gpc'] === '1';

/** A name, not a bare address of a machine: names end in a letter-led label. */
const HOST = /^(?=.{1,100}$)([a-z0-9-]+\.)+[a-z][a-z0-9-]*$/;

/** The site a visit came from: its host and no more of the address; nothing when it is missing, odd or longer than 100 characters. */
export function referrerHost(headers: Headers): string | undefined {
  const referrer = headers.referer;
  if (!referrer) return undefined;
  const host = URL.parse(referrer)?.hostname.toLowerCase();
  return host !== undefined && HOST.test(host) ? host : undefined;
}
