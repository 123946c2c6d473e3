import { PARTNER_TYPES, type PartnerType } from '../../lib/partners/partner.ts';
import {
  HOSTILE_PARTNER,
  MANAGED_PARTNER,
  PARTNER_NAMES,
  PROGRAMS,
  WITHOUT_AGREEMENT,
  WITHOUT_PAYOUT_METHOD,
  WITHOUT_TAX_FORM,
} from './cast.ts';
import type { Chance } from './random.ts';

export interface StoryPartner {
  readonly key: string;
  readonly name: string;
  readonly email: string;
  readonly type: PartnerType;
  readonly taxFormOnFile: boolean;
  readonly manager?: string;
  readonly payout: 'external' | 'bank-csv' | 'none';
  /** German test account with a valid checksum, for `bank-csv`. */
  readonly iban?: string;
}
/** A partner in a program, with the one link it shares there. */
export interface StoryEnrolment {
  readonly key: string;
  readonly program: string;
  readonly partner: string;
  readonly type: PartnerType;
  readonly group: 'default' | 'gold';
  readonly agreed: boolean;
  /** Relative traffic. */
  readonly weight: number;
}
/** A German IBAN of the test bank code 50010517 with its ISO 7064 check digits. */
function testIban(number: number): string {
  const account = `50010517${String(number).padStart(10, '0')}`;
  const check = 98n - (BigInt(`${account}131400`) % 97n);
  return `DE${String(check).padStart(2, '0')}${account}`;
}

/** Eight partners of every type. */
export function partners(random: Chance): StoryPartner[] {
  return PARTNER_TYPES.flatMap((type, typeIndex) =>
    PARTNER_NAMES[type].map((name, index): StoryPartner => {
      const key = `${type}-${index + 1}`;
      const payout = name === WITHOUT_PAYOUT_METHOD ? 'none' : random.happens(0.6) ? 'bank-csv' : 'external';
      return {
        key,
        name,
        email: `${key}@partners.example`,
        type,
        taxFormOnFile: name !== WITHOUT_TAX_FORM,
        ...(name === MANAGED_PARTNER ? { manager: 'mara@brand.example' } : {}),
        payout,
        ...(payout === 'bank-csv' ? { iban: testIban(typeIndex * 100 + index + 1) } : {}),
      };
    }),
  );
}

/** Every partner joins one program, every third a second one; each type's first partners bring most of its traffic. */
export function enrolments(cast: readonly StoryPartner[], random: Chance): StoryEnrolment[] {
  return cast.flatMap((partner, index) => {
    const home = index % PROGRAMS.length;
    const joined = index % 3 === 0 ? [home, (home + 1) % PROGRAMS.length] : [home];
    return joined.map((at): StoryEnrolment => {
      const program = PROGRAMS[at]!;
      return {
        key: `${program.key}/${partner.key}`,
        program: program.key,
        partner: partner.key,
        type: partner.type,
        group: partner.type === 'creator' && random.happens(0.5) ? 'gold' : 'default',
        agreed: partner.name !== WITHOUT_AGREEMENT,
        weight: partner.name === HOSTILE_PARTNER ? 0.2 : 1 / (1 + (index % 8)) ** 0.9,
      };
    });
  });
}
