import { expect, test } from 'vitest';
import { logLine } from '../../../local/page/log-line.ts';

test.each([
  ['plain text', 'hello', { level: '', gist: 'hello' }],
  ['a message', '{"level":"INFO","message":"settled"}', { level: 'INFO', gist: 'settled' }],
  [
    'an error',
    '{"level":"ERROR","errorType":"TypeError","errorMessage":"x is not a function"}',
    { level: 'ERROR', gist: 'TypeError: x is not a function' },
  ],
  [
    'metrics',
    '{"_aws":{"CloudWatchMetrics":[{"Metrics":[{"Name":"Sent"},{"Name":"Late"}]}]},"Sent":[2],"Late":0}',
    { gist: 'metrics Sent=2 Late=0' },
  ],
  ['half a line', '{"level":', { gist: '{"level":' }],
])('%s', (_, line, expected) => expect(logLine(line)).toMatchObject(expected));
