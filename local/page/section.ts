import type { Context, Hono } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Html } from '../../web/parts.ts';

/** One subject of the laptop page: an entry of its menu and the pages below it. */
export interface Section {
  /** `/queues`; its pages lie below. */
  readonly path: string;
  readonly title: string;
  /** A figure beside the menu entry; `alarming` when somebody should look. */
  mark?(): { readonly text: string; readonly alarming?: boolean } | undefined;
  /** Adds its routes; `show` puts a body into the frame that all pages share. */
  mount(app: Hono, show: Show): void;
}

export interface View {
  readonly title: string;
  readonly body: Html;
  /** Replaced every few seconds while somebody looks and types nothing. */
  readonly live?: boolean;
  /** Where the page lies, above its heading: title and address, outermost first. */
  readonly above?: readonly { readonly title: string; readonly href: string }[];
}

/** Answers with a page. */
export type Show = (context: Context, view: View, status?: ContentfulStatusCode) => Response | Promise<Response>;
