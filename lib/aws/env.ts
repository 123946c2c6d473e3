import { Env } from '../names.ts';

/** The value of an environment variable that the stacks set; a missing one is a deployment fault and says which. */
export function env(name: keyof typeof Env): string {
  const value = process.env[Env[name]];
  if (value === undefined || value === '') throw new Error(`environment variable ${Env[name]} is not set`);
  return value;
}
