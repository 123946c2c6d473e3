import { inNetworks } from '../programs/network-block.ts';
import type { CookieRule, TrackingSettings } from '../programs/tracking-settings.ts';
import type { Mode } from './verdict.ts';

/** In the order in which they are added. */
export const UTM_NAMES = ['utm_source', 'utm_medium', 'utm_campaign', 'utm_term', 'utm_content', 'utm_id'] as const;

/** What a template may name in braces. */
export const MACROS = ['partner', 'link', 'program', 'sub1', 'sub2', 'sub3', 'sub4', 'sub5', 'sharedid'] as const;
export type Macro = (typeof MACROS)[number];

/** A program as following one of its links needs it, made ready once for many clicks. */
export interface ProgramRules {
  readonly paused: boolean;
  /** Hosts that links may lead to, subdomains included. */
  readonly hosts: readonly string[];
  readonly mode: Mode;
  readonly countries: readonly string[];
  readonly inDataCentre: (address: string) => boolean;
  readonly passQuery: boolean;
  readonly denied: ReadonlySet<string>;
  readonly utm: readonly (readonly [name: string, template: string])[];
  readonly standDownParameter: string | undefined;
  readonly cookies: CookieRule;
}

export interface ProgramFacts {
  readonly paused: boolean;
  readonly hosts: readonly string[];
  readonly tracking?: Partial<TrackingSettings> | undefined;
}

export function programRules({ paused, hosts, tracking = {} }: ProgramFacts): ProgramRules {
  return {
    paused,
    hosts,
    mode: tracking.mode ?? 'moderate',
    countries: tracking.countries ?? [],
    inDataCentre: inNetworks(tracking.dataCentres ?? []),
    passQuery: tracking.passQuery ?? false,
    denied: new Set(tracking.denyQuery ?? []),
    utm: UTM_NAMES.flatMap((name) => (tracking.utm?.[name] === undefined ? [] : [[name, tracking.utm[name]] as const])),
    standDownParameter: tracking.standDownParameter ?? undefined,
    cookies: tracking.cookies ?? 'outside-europe',
  };
}

/** What a program is while nothing is known of it: it leads nowhere but to a link's own destination. */
export const UNKNOWN_PROGRAM: ProgramRules = programRules({ paused: false, hosts: [] });

/** A template with its macros filled in; one that has no value is nothing. */
export const filled = (template: string, values: Partial<Readonly<Record<Macro, string>>>): string =>
  template.replace(/\{([a-z0-9]+)\}/g, (_, name: Macro) => values[name] ?? '');
