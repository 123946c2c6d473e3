/**
 * Codes of the Combined Federal/State Filing program (Pub. 1220, part A). Unverified, and DC, PA and RI joined late: a state's presence here
 * only allows a payer to choose it.
 */
export const CFSF_CODES: Readonly<Record<string, string>> = Object.fromEntries(
  (
    'AL01 AZ04 AR05 CA06 CO07 CT08 DE10 DC11 GA13 HI15 ID16 IN18 KS20 LA22 ME23 MD24 MA25 MI26 MN27 MS28 MO29 MT30 NE31 NJ34 NM35 ' +
    'NC37 ND38 OH39 OK40 PA42 RI44 SC45 WI55'
  )
    .split(' ')
    .map((pair) => [pair.slice(0, 2), pair.slice(2)]),
);
