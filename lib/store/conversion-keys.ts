import { hash } from 'node:crypto';
import type { Day } from '../calendar.ts';
import type { Instant } from '../time.ts';
import type { ConversionKey } from '../tracking/conversion.ts';
import { MARK_LENGTH, type OrderMark } from '../tracking/order-mark.ts';

/**
 * Keys of the conversions table and its two indexes.
 *
 * pk `<brandId>#<programId>#<eventType>#<orderId>`; sk `#` is the conversion, `EVENT#return#<returnId>`, `EVENT#cancellation#`,
 * `EVENT#chargeback#<id>` and `EVENT#amendment#<id>` are what happened to it.
 */
export const CONVERSION = '#';
export const RETURN = 'EVENT#return#';
export const CANCELLATION = 'EVENT#cancellation#';
export const CHARGEBACK = 'EVENT#chargeback#';
export const AMENDMENT = 'EVENT#amendment#';

/** The open conversions of a brand lie in this many partitions, each with a thousand writes a second of its own. */
export const OPEN_SHARDS = 8;

export const programPrefix = ({ brandId, programId }: Pick<ConversionKey, 'brandId' | 'programId'>) =>
  `${brandId}#${programId}#`;

export const conversionPk = (key: ConversionKey) => `${programPrefix(key)}${key.eventType}#${key.orderId}`;

export const dayPartition = (brandId: string, programId: string, day: Day) => `${brandId}#${programId}#${day}`;

export const INSTANT_LENGTH = '2026-03-29T10:00:00.000Z'.length;

/** Where an order stands on its day: by time, and behind that, so that the index tells it, the order's mark. */
export const daySkOf = (occurredAt: Instant, mark: OrderMark | undefined) =>
  mark === undefined ? occurredAt : `${occurredAt}#${mark}`;

/** How much of a text that begins with such a place is the place. No event type begins with the separator. */
export const dayPlaceLength = (text: string) =>
  text[INSTANT_LENGTH] === '#' ? INSTANT_LENGTH + 1 + MARK_LENGTH : INSTANT_LENGTH;

/** The order's time and its mark; orders that were stored before there were marks have none. */
export const readDaySk = (daySk: string): { readonly occurredAt: Instant; readonly mark: OrderMark | undefined } => ({
  occurredAt: daySk.slice(0, INSTANT_LENGTH),
  mark: daySk.slice(INSTANT_LENGTH + 1) || undefined,
});

export const openPartition = (brandId: string, shard: number) => `${brandId}#${shard}`;

/** What names the conversion of a row. */
export function keyOfPk(pk: string): ConversionKey {
  const [brandId, programId, eventType, orderId] = pk.split('#') as [string, string, string, string];
  return { brandId, programId, eventType, orderId };
}

/** Index attributes of a conversion with work to do: by order time, so that settling a window reads that window only. */
export function openKeyOf(conversion: ConversionKey & { readonly occurredAt: string }) {
  const shard = hash('sha256', conversionPk(conversion), 'buffer')[0]! % OPEN_SHARDS;
  return { openPk: openPartition(conversion.brandId, shard), openSk: conversion.occurredAt };
}

/** Whether an unmarshalled item of the table or of its stream is a conversion; the others are what happened to one. */
export const isConversion = (item: Readonly<Record<string, unknown>>): boolean => item.sk === CONVERSION;
