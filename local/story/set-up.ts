import type { Story } from '../../events/stories/story.ts';
import { addDays } from '../../lib/calendar.ts';
import type { Progress } from '../progress.ts';
import type { BrandApi } from './brand-api.ts';

/** Ids that the set-up was given, by the story's own keys. */
export interface Cast {
  readonly programs: ReadonlyMap<
    string,
    { readonly programId: string; readonly currency: string; readonly name: string }
  >;
  readonly partners: ReadonlyMap<string, string>;
  /** Link code by enrolment key. */
  readonly links: ReadonlyMap<string, string>;
}

/**
 * Creates the story's programs, partners, enrolments and links through the API. Every request carries an idempotency key made from the
 * story's keys, so a set-up cut off in the middle is simply run again.
 */
export async function setUp(
  api: BrandApi,
  finance: BrandApi,
  story: Story,
  bar: (label: string, total: number) => Progress,
): Promise<Cast> {
  const at = `${addDays(story.firstDay, -1)}T08:00:00.000Z`;
  const once = (key: string) => `story-${story.seed}-${story.firstDay}-${key}`;
  const steps = bar(
    'programs, partners, links',
    story.programs.length + story.partners.length + story.enrolments.length,
  );

  const programs = new Map<string, { programId: string; currency: string; name: string }>();
  for (const { key, name, currency, timeZone, destinationUrl, policy, terms, plan } of story.programs) {
    const { programId } = await api.call<{ programId: string }>('POST', '/v1/programs', {
      at,
      once: once(key),
      body: { name, currency, timeZone, destinationUrl, payoutTerms: terms, policy, plan: plan(story.season) },
    });
    programs.set(key, { programId, currency, name });
    steps.step();
  }

  const partners = new Map<string, string>();
  for (const { key, name, email, type, taxFormOnFile, manager, payout, iban } of story.partners) {
    const { partnerId } = await api.call<{ partnerId: string }>('POST', '/v1/partners', {
      at,
      once: once(key),
      body: { name, email, type, taxFormOnFile, ...(manager ? { manager } : {}) },
    });
    if (payout !== 'none') {
      const body = payout === 'external' ? { rail: 'external' } : { rail: 'bank-csv', accountHolder: name, iban };
      await finance.call('PUT', `/v1/partners/${partnerId}/payout-method`, { at, body });
    }
    partners.set(key, partnerId);
    steps.step();
  }

  const links = new Map<string, string>();
  for (const { key, program, partner, group, agreed } of story.enrolments) {
    const { programId } = programs.get(program)!;
    const partnerId = partners.get(partner)!;
    const { terms } = story.programs.find((p) => p.key === program)!;
    await api.call('POST', `/v1/programs/${programId}/enrolments`, { at, once: once(key), body: { partnerId, group } });
    if (agreed) {
      await api.call('POST', `/v1/programs/${programId}/enrolments/${partnerId}/agreement`, {
        at,
        once: once(`${key}/agreement`),
        body: { version: terms.agreementVersion, acceptedBy: `${partner}@partners.example` },
      });
    }
    const { link } = await api.call<{ link: string }>('POST', '/v1/links', {
      at,
      once: once(`${key}/link`),
      body: { programId, partnerId, name: 'Story link' },
    });
    links.set(key, link);
    steps.step();
  }
  steps.done();
  return { programs, partners, links };
}
