/** Whether an ABA routing number holds: its digits weighted 3, 7, 1 sum to a multiple of ten. */
export function routingNumberChecks(routingNumber: string): boolean {
  const sum = [...routingNumber].reduce((total, digit, place) => total + Number(digit) * [3, 7, 1][place % 3]!, 0);
  return /^\d{9}$/.test(routingNumber) && sum > 0 && sum % 10 === 0;
}
