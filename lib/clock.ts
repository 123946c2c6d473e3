/** The only place that reads the wall clock. Rules get time as an argument, from the event that triggered them. */
export const wallClockMs = (): number => Date.now();
