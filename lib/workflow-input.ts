import type * as z from 'zod';

/** A field of a workflow's input that may be missing; state machines hand on `null` where nothing is set, which means the same. */
export const optional = <Schema extends z.ZodType>(schema: Schema) =>
  schema
    .nullable()
    .transform((value) => value ?? undefined)
    .optional();
