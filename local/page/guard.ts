import type { MiddlewareHandler } from 'hono';
import { csrf } from 'hono/csrf';

const OWN_NAMES = new Set(['127.0.0.1', 'localhost', '[::1]']);

/**
 * Answers only to the laptop's own names: a foreign name that resolves to 127.0.0.1 would let a web page read what is here.
 */
export const ownNamesOnly: MiddlewareHandler = async (context, next) => {
  const { hostname } = new URL(context.req.url);
  if (!OWN_NAMES.has(hostname))
    return context.text(`This is a laptop page; open it at 127.0.0.1, not at ${hostname}.`, 421);
  await next();
};

/** Takes forms from its own pages only, told by `Origin` and `Sec-Fetch-Site`. */
export const ownFormsOnly: MiddlewareHandler = csrf();

const POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "frame-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** What every page of ours may do; answers with a policy of their own (mails, files) keep it. */
export const harmless: MiddlewareHandler = async (context, next) => {
  await next();
  const { headers } = context.res;
  if (!headers.has('content-security-policy')) headers.set('content-security-policy', POLICY);
  headers.set('x-content-type-options', 'nosniff');
  headers.set('referrer-policy', 'no-referrer');
  headers.set('cache-control', 'no-store');
};

/** The policy of what others wrote: shown, never run, and without reaching out. */
export const FOREIGN_POLICY =
  "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'";
