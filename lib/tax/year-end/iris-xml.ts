import { createHash } from 'node:crypto';
import type { UsAddress } from '../parts.ts';
import { dollars, irsText } from './irs-text.ts';
import { type NamedRecord, type NamedSubmission, totalsOf } from './submission.ts';

type Node = readonly [tag: string, inner: string | readonly Node[]];
/** The years whose element names are known here: those of the schema for 2025. Names for boxes 1b to 1d of 2026 were not found. */
export const XML_YEARS: readonly number[] = [2025];

/**
 * An IRIS transmission by the names and order of the schema for 2025, version 1.2, as programs that use it write it; the schema itself was not
 * read (docs/tax.md). One payer, one form type.
 *
 * @throws RangeError without a Transmitter Control Code, for another year, or when a correction names a submission without a receipt.
 */
export function irisXml(submission: NamedSubmission): string {
  const { filer, year, records, kind, number } = submission;
  if (!filer.tcc) throw new RangeError('the payer has no Transmitter Control Code');
  if (!XML_YEARS.includes(year)) throw new RangeError(`no schema of ${year} is known`);
  const name: Node = ['BusinessName', business(filer.name, filer.tradeName)];
  const tin: Node[] = [
    ['TIN', filer.ein.replace('-', '')],
    ['TINSubmittedTypeCd', 'BUSINESS_TIN'],
  ];
  const contact: Node[] = [
    ['ContactEmailAddressTxt', filer.email],
    ['ContactPhoneNum', filer.phone],
  ];
  const manifest: Node = [
    'IRTransmissionManifest',
    [
      ['UniqueTransmissionId', `${uuidOf(submission)}:IRIS:${filer.tcc}::A`],
      ['TaxYr', String(year)],
      ['PriorYearDataInd', '0'],
      ['TransmissionTypeCd', kind === 'original' ? 'O' : 'C'],
      ['TestCd', 'P'],
      [
        'TransmitterGrp',
        [
          ...tin,
          ['TransmitterControlCd', filer.tcc],
          ['ForeignEntityInd', '0'],
          name,
          ['CompanyGrp', [name, mailing(filer.address)]],
          ['ContactNameGrp', [['PersonNm', text(filer.contact, 35)]]],
          ...contact,
        ],
      ],
      ['VendorCd', 'I'],
      ['TotalIssuerFormCnt', '1'],
      ['TotalRecipientFormCnt', String(records.length)],
      ['PaperSubmissionInd', '0'],
      ['MediaSourceCd', 'M'],
      ['SubmissionChannelCd', 'A2A'],
    ],
  ];
  const combined = records.some(({ state }) => state !== undefined && filer.combinedStates.includes(state));
  const { compensationCents, withheldCents } = totalsOf(records);
  const header: Node = [
    'IRSubmission1Header',
    [
      ['SubmissionId', String(number)],
      ['TaxYr', String(year)],
      ['IssuerDetail', [['ForeignEntityInd', '0'], ...tin, name, mailing(filer.address), ['PhoneNum', filer.phone]]],
      [
        'ContactPersonInformationGrp',
        [
          ['ContactPersonNm', text(filer.contact, 35)],
          ['ContactPhoneNum', filer.phone],
          ['ContactEmailAddressTxt', filer.email],
        ],
      ],
      ['FormTypeCd', '1099NEC'],
      ['ParentFormTypeCd', '1096'],
      ['CFSFElectionInd', combined ? '1' : '0'],
      ['TotalReportedRcpntFormCnt', String(records.length)],
      [
        'IRSubmission1FormTotals',
        [
          [
            'Form1099NECTotalAmtGrp',
            [
              ['FederalIncomeTaxWithheldAmt', dollars(withheldCents)],
              ['NonemployeeCompensationAmt', dollars(compensationCents)],
              ['TotalReportedAmt', dollars(compensationCents)],
            ],
          ],
        ],
      ],
    ],
  ];
  const detail: Node = ['IRSubmission1Detail', records.map((record) => detailOf(submission, record))];
  const body = [manifest, ['IRSubmission1Grp', [header, detail]] as Node].map((node) => element(node, 1)).join('');
  return `<?xml version="1.0" encoding="UTF-8"?>\n<IRTransmission xmlns="urn:us:gov:treasury:irs:ir">\n${body}</IRTransmission>\n`;
}

function detailOf({ year, filer }: NamedSubmission, record: NamedRecord): Node {
  const { payee, state, corrects, correctsReceipt, kind } = record;
  if (corrects && kind !== 'refiled' && correctsReceipt === undefined)
    throw new RangeError(`submission ${corrects.submission} has no receipt, which its corrections name`);
  const correction = corrects && kind !== 'refiled';
  const { person, tinType } = payee;
  const names: Node =
    person && payee.businessName === undefined
      ? [
          'PersonName',
          [
            ['PersonFirstNm', text(person.first, 20)],
            ...part('PersonMiddleNm', person.middle, 20),
            ['PersonLastNm', text(person.last, 20)],
            ...part('SuffixNm', person.suffix, 10),
          ],
        ]
      : ['BusinessName', business(payee.name, payee.businessName)];
  return [
    'Form1099NECDetail',
    [
      ['TaxYr', String(year)],
      ['RecordId', String(record.recordId)],
      ...(state !== undefined && filer.combinedStates.includes(state) ? [['CFSFElectionStateCd', state] as const] : []),
      ['VoidInd', '0'],
      ['CorrectedInd', correction ? '1' : '0'],
      ...(correction
        ? [
            [
              'PrevSubmittedRecRecipientGrp',
              [['UniqueRecordId', `${correctsReceipt}|${corrects.submission}|${corrects.recordId}`]],
            ] as const,
          ]
        : []),
      [
        'RecipientDetail',
        [
          ['TIN', payee.tin],
          ['TINSubmittedTypeCd', tinType === 'ein' ? 'BUSINESS_TIN' : 'INDIVIDUAL_TIN'],
          names,
          mailing(payee.address),
        ],
      ],
      ['RecipientAccountNum', record.partnerId],
      ['SecondTINNoticeInd', record.secondNotice ? '1' : '0'],
      ['NonemployeeCompensationAmt', dollars(record.compensationCents)],
      ['DirectSaleAboveThresholdInd', '0'],
      ['FederalIncomeTaxWithheldAmt', dollars(record.withheldCents)],
      ...(state === undefined
        ? []
        : [
            [
              'StateLocalTaxGrp',
              [
                ['StateTaxWithheldAmt', '0.00'],
                ['StateAbbreviationCd', state],
                ...part('StateIdNum', filer.stateIds[state], 20),
                ['StateIncomeAmt', dollars(record.compensationCents)],
              ],
            ] as const,
          ]),
    ],
  ];
}

const text = (value: string, most: number): string => irsText(value, most) ?? '';
const part = (tag: string, value: string | undefined, most: number): Node[] =>
  value === undefined ? [] : [[tag, text(value, most)]];
const business = (first: string, second: string | undefined): Node[] => [
  ['BusinessNameLine1Txt', text(first, 75)],
  ...part('BusinessNameLine2Txt', second, 75),
];
const mailing = ({ line1, line2, city, state, zip }: UsAddress): Node => [
  'MailingAddressGrp',
  [
    [
      'USAddress',
      [
        ['AddressLine1Txt', text(line1, 35)],
        ...part('AddressLine2Txt', line2, 35),
        ['CityNm', text(city, 22)],
        ['StateAbbreviationCd', state],
        ['ZIPCd', zip.replace('-', '')],
      ],
    ],
  ],
];

function element([tag, inner]: Node, depth: number): string {
  const indent = '  '.repeat(depth);
  if (typeof inner === 'string') return `${indent}<${tag}>${escaped(inner)}</${tag}>\n`;
  return `${indent}<${tag}>\n${inner.map((node) => element(node, depth + 1)).join('')}${indent}</${tag}>\n`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};
const escaped = (value: string) => value.replace(/[&<>"']/g, (sign) => ENTITIES[sign]!);

/** The same submission is the same transmission, also when its file is written again. */
function uuidOf({ brandId, year, number }: NamedSubmission): string {
  const hex = createHash('sha256').update(`1099-NEC ${brandId} ${year} ${number}`).digest('hex');
  const variant = ((Number.parseInt(hex[16]!, 16) & 3) | 8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
