import * as z from 'zod';
import { MACROS, UTM_NAMES } from '../tracking/program-rules.ts';
import { MODES } from '../tracking/verdict.ts';
import { blockOf } from './network-block.ts';

/** Where a program keeps cookies on its visitors' browsers. */
export const COOKIE_RULES = ['outside-europe', 'always', 'never'] as const;
export type CookieRule = (typeof COOKIE_RULES)[number];

const ParameterName = z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,39}$/, 'must be a query parameter’s name');

const Template = z
  .string()
  .min(1)
  .max(100)
  .refine((text) => !/[\p{Cc}\p{Cs}]/u.test(text), 'must not hold control characters')
  .refine(
    (text) =>
      [...text.matchAll(/\{([^}]*)\}/g)].every(([, name]) => (MACROS as readonly string[]).includes(name ?? '')),
    `may name only ${MACROS.map((name) => `{${name}}`).join(', ')}`,
  );

const CountryField = z.string().regex(/^[A-Z]{2}$/, 'must be an ISO 3166 code in capitals, e.g. DE');

/** How a program takes clicks, and when it flags orders. All of it may change at any time; a change reaches every link within two minutes. */
const shape = {
  mode: z
    .enum(MODES)
    .describe(
      'What a doubtful click does. `relaxed`: counts and credits. `moderate`: is left out of reports, still credits. `strict`: neither',
    ),
  countries: z
    .array(CountryField)
    .max(250)
    .describe('Countries whose visitors are meant; none: all. A visitor whose country is unknown is taken as meant'),
  dataCentres: z
    .array(
      z
        .string()
        .max(43)
        .refine((text) => blockOf(text) !== undefined, 'must be a network such as 192.0.2.0/24 or 2001:db8::/32'),
    )
    .max(100)
    .describe('Networks in which no shopper sits; clicks from there are a machine’s'),
  passQuery: z.boolean().describe('Whether other parameters of a link’s address are handed on to the destination'),
  denyQuery: z.array(ParameterName).max(50).describe('Parameters that are never handed on'),
  utm: z
    .partialRecord(z.enum(UTM_NAMES), Template)
    .describe('Parameters added to the destination unless it has them, e.g. `{ "utm_source": "{partner}" }`'),
  standDownParameter: ParameterName.nullable().describe(
    'Added as `=1` to the destination, so that browser extensions keep their hands off, e.g. `afsrc`',
  ),
  cookies: z
    .enum(COOKIE_RULES)
    .describe('Whether visitors get a cookie that joins their clicks. Europe: EEA, Switzerland, United Kingdom'),
  lateAfterDays: z
    .int()
    .min(1)
    .max(3650)
    .describe('An order that is reported more than so many days after it was made is flagged `late`'),
  duplicateMinutes: z
    .int()
    .min(0)
    .max(60)
    .describe(
      'An order with the amount and the customer, e-mail hash or click of one made at most so many minutes before is flagged `duplicate-suspect`; 0: none is',
    ),
};

/** What programs have that were made before there was such a setting, too. */
const FLAG_DEFAULTS = { lateAfterDays: 7, duplicateMinutes: 10 } as const;

/** As a program is made: what is not said is as it is for everybody. */
export const TrackingSettings = z.strictObject({
  mode: shape.mode.default('moderate'),
  countries: shape.countries.default([]),
  dataCentres: shape.dataCentres.default([]),
  passQuery: shape.passQuery.default(false),
  denyQuery: shape.denyQuery.default([]),
  utm: shape.utm.default({}),
  standDownParameter: shape.standDownParameter.default(null),
  cookies: shape.cookies.default('outside-europe'),
  lateAfterDays: shape.lateAfterDays.default(FLAG_DEFAULTS.lateAfterDays),
  duplicateMinutes: shape.duplicateMinutes.default(FLAG_DEFAULTS.duplicateMinutes),
});
export type TrackingSettings = z.infer<typeof TrackingSettings>;

/** When orders of a program are flagged. */
export function flagSettings(tracking: Partial<TrackingSettings> = {}) {
  const { lateAfterDays, duplicateMinutes } = { ...FLAG_DEFAULTS, ...tracking };
  return { lateAfterDays, duplicateMinutes };
}

/** What of them is to change; the others stay. */
export const TrackingChange = z.strictObject(shape).partial();
