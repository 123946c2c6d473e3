import type { Instant } from '../time.ts';

/** Any recorded contact that may be credited; in this version a click. */
export interface Touch {
  readonly touchId: string;
  readonly partnerId: string;
  /** Link code the touch came through. */
  readonly link: string;
  readonly at: Instant;
}

/** The touches before a conversion, oldest first. */
export type Journey = readonly Touch[];

/** A partner's share of one conversion. The credits of a conversion sum to 10,000 or there are none. */
export interface Credit {
  readonly partnerId: string;
  readonly creditBps: number;
  /** Place of the partner's deciding touch among `touches`, counted from 1. */
  readonly position: number;
  readonly touches: number;
  readonly touchAt: Instant;
}
