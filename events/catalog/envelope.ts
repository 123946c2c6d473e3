import type * as z from 'zod';

/** Every domain event on the bus: what happened, to whom, when; `id` is derived from the row it tells of, so redelivery repeats it. */
export interface DomainEvent<Type extends string = string, Data = unknown> {
  readonly id: string;
  readonly type: Type;
  readonly brandId: string;
  readonly at: string;
  readonly data: Data;
}

/** An event type with the contract of its data. `detail-type` on the bus is the type's name. */
export interface EventContract<Type extends string, Schema extends z.ZodType> {
  readonly type: Type;
  readonly data: Schema;
}

export const contract = <Type extends string, Schema extends z.ZodType>(
  type: Type,
  data: Schema,
): EventContract<Type, Schema> => ({ type, data });

/** `source` of our events on the bus. */
export const EVENT_SOURCE = 'tributary';
