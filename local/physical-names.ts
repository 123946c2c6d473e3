import { createHash } from 'node:crypto';
import type { RawResource } from './assembly.ts';

/** `<stack>-<logicalId>`, shortened with a hash where AWS would shorten too: most services allow 64 characters or fewer. */
export function generatedName(stack: string, logicalId: string): string {
  const whole = `${stack}-${logicalId}`;
  if (whole.length <= 63) return whole;
  return `${whole.slice(0, 54)}-${createHash('sha256').update(whole).digest('hex').slice(0, 8)}`;
}

/** A generated name in the form its service insists on. */
export function suitedName(name: string, { Type, Properties }: RawResource): string {
  if (Type === 'AWS::S3::Bucket') return name.toLowerCase();
  if (Type === 'AWS::SQS::Queue' && Properties?.FifoQueue === true) return `${name}.fifo`;
  return name;
}
