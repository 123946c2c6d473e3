/** What a column of the IRIS portal's CSV for Form 1099-NEC can be filled with. `blank` stays empty, `no` is the flag N. */
export const IRIS_FIELDS = [
  ...['formType', 'taxYear', 'payerTinType', 'payerTin', 'payerNameType', 'payerName1', 'payerName2'],
  ...[
    'payerCountry',
    'payerLine1',
    'payerLine2',
    'payerCity',
    'payerState',
    'payerZip',
    'payerPhoneType',
    'payerPhone',
  ],
  ...['payerEmail', 'recipientTinType', 'recipientTin', 'recipientNameType', 'recipientName1', 'recipientName2'],
  ...['recipientFirst', 'recipientMiddle', 'recipientLast', 'recipientSuffix', 'recipientCountry', 'recipientLine1'],
  ...['recipientLine2', 'recipientCity', 'recipientState', 'recipientZip', 'account', 'secondTinNotice'],
  ...[
    'compensation',
    'federalWithheld',
    'combined',
    'state',
    'stateWithheld',
    'stateNumber',
    'stateIncome',
    'blank',
    'no',
  ],
] as const;
export type IrisField = (typeof IRIS_FIELDS)[number];

/** Without these there is no return, so a header that lacks one is refused. */
export const NEEDED = [
  ...[
    'payerTin',
    'payerName1',
    'payerLine1',
    'payerCity',
    'payerState',
    'payerZip',
    'recipientTinType',
    'recipientTin',
  ],
  ...['recipientName1', 'recipientFirst', 'recipientLast', 'recipientLine1', 'recipientCity', 'recipientState'],
  ...['recipientZip', 'account', 'compensation', 'federalWithheld'],
] as const satisfies readonly IrisField[];

/** A title without case, asterisks, blanks and signs: the template of one year has `State Tax Withheld` where another has `State tax withheld*`. */
const plain = (title: string) => title.toLowerCase().replace(/[^a-z0-9]/g, '');

/** How the templates call a field, issuers being payers in later ones. Beginnings, where the title goes on with an explanation. */
const TITLES: Readonly<Record<string, IrisField>> = {
  formtype: 'formType',
  taxyear: 'taxYear',
  payertintype: 'payerTinType',
  payertaxpayeridnumber: 'payerTin',
  payertin: 'payerTin',
  payernametype: 'payerNameType',
  payerbusinessorentitynameline1: 'payerName1',
  payerbusinessorentitynameline2: 'payerName2',
  payerfirstname: 'blank',
  payermiddlename: 'blank',
  payerlastname: 'blank',
  payerlastnamesurname: 'blank',
  payersuffix: 'blank',
  payercountry: 'payerCountry',
  payeraddressline1: 'payerLine1',
  payeraddressline2: 'payerLine2',
  payercitytown: 'payerCity',
  payercity: 'payerCity',
  payerstateprovinceterritory: 'payerState',
  payerstate: 'payerState',
  payerzippostalcode: 'payerZip',
  payerzipcode: 'payerZip',
  payerphonetype: 'payerPhoneType',
  payerphone: 'payerPhone',
  payerphonenumber: 'payerPhone',
  payeremailaddress: 'payerEmail',
  recipienttintype: 'recipientTinType',
  recipienttaxpayeridnumber: 'recipientTin',
  recipienttin: 'recipientTin',
  recipientnametype: 'recipientNameType',
  recipientbusinessorentitynameline1: 'recipientName1',
  recipientbusinessorentitynameline2: 'recipientName2',
  recipientfirstname: 'recipientFirst',
  recipientmiddlename: 'recipientMiddle',
  recipientlastname: 'recipientLast',
  recipientlastnamesurname: 'recipientLast',
  recipientsuffix: 'recipientSuffix',
  recipientcountry: 'recipientCountry',
  recipientaddressline1: 'recipientLine1',
  recipientaddressline2: 'recipientLine2',
  recipientcitytown: 'recipientCity',
  recipientcity: 'recipientCity',
  recipientstateprovinceterritory: 'recipientState',
  recipientstate: 'recipientState',
  recipientzippostalcode: 'recipientZip',
  recipientzipcode: 'recipientZip',
  officecode: 'blank',
  formaccountnumber: 'account',
  '2ndtinnotice': 'secondTinNotice',
  combinedfederalstatefiling: 'combined',
  state1: 'state',
  state1statetaxwithheld: 'stateWithheld',
  state1statepayerstatenumber: 'stateNumber',
  state1stateincome: 'stateIncome',
  state1localincometaxwithheld: 'blank',
  state1specialdataentries: 'blank',
};
const BEGINNINGS: readonly (readonly [beginning: string, field: IrisField])[] = [
  ['box1nonemployeecompensation', 'compensation'],
  ['box1anonemployeecompensation', 'compensation'],
  ['box1b', 'blank'],
  ['box1c', 'blank'],
  ['box1d', 'blank'],
  ['box2', 'no'],
  ['box3', 'blank'],
  ['box4federalincometaxwithheld', 'federalWithheld'],
  ['state2', 'blank'],
];

/** The field that a title is known to stand for. */
export function fieldOf(title: string): IrisField | undefined {
  const text = plain(title).replaceAll('issuer', 'payer');
  if (Object.hasOwn(TITLES, text)) return TITLES[text];
  return BEGINNINGS.find(([beginning]) => text.startsWith(beginning))?.[1];
}
