/** What banks say when they send a credit back, and whether another payment to the same account would come back too. */
interface ReturnCode {
  readonly words: string;
  readonly accountAtFault: boolean;
}

const at = (words: string): ReturnCode => ({ words, accountAtFault: true });
const not = (words: string): ReturnCode => ({ words, accountAtFault: false });

/** The codes of returned ACH credits. */
const ACH: Readonly<Record<string, ReturnCode>> = {
  R02: at('The account is closed'),
  R03: at('There is no account of this name and number'),
  R04: at('The account number has no valid form'),
  R06: not('The originating bank asked for it back'),
  R12: at('The account was sold to another bank'),
  R13: at('The bank does not take part in ACH'),
  R14: at('The payee’s representative died or cannot act'),
  R15: at('The account holder died'),
  R16: at('The account is frozen'),
  R17: at('The bank could not process the entry’s fields'),
  R20: at('The account takes no transfers'),
  R21: not('The company’s identification is not valid'),
  R22: not('The identification of the entry is not valid'),
  R23: at('The account holder refused the credit'),
  R24: not('The bank holds it for a duplicate'),
  R31: not('The company and the bank agreed to return it'),
  R34: at('The bank may take part in ACH only in part'),
};

/** What a code means. One that is not of ACH, or not known, is held against the account: better asked again than sent to the same place. */
export const returnCode = (code: string): ReturnCode => ACH[code] ?? at(`The bank returned it`);
