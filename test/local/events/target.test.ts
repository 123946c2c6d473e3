import { describe, expect, test } from 'vitest';
import { fill, targetOf, valueAt } from '../../../local/events/target.ts';

const event = {
  'detail-type': 'StatementReady',
  time: '2026-11-01T00:00:00Z',
  detail: {
    partner: { id: 'ptr_1', name: 'Ana "A" O\'Neil' },
    lines: [{ cents: 5 }, { cents: 7 }],
    note: null,
    big: 12,
  },
};
const about = { ruleArn: 'arn:rule', ruleName: 'mail' };
const payload = (given: object) =>
  targetOf({ Id: '1', Arn: 'arn:aws:sqs:x:y:q', ...given }, 'stack/rule').payload(event, about);

describe('what a target is handed', () => {
  test.each<[string, object, unknown]>([
    ['the event', {}, event],
    ['a constant', { Input: '{"a":1}' }, { a: 1 }],
    ['a part', { InputPath: '$.detail.partner' }, event.detail.partner],
    ['a part that is missing', { InputPath: '$.detail.nothing' }, null],
    [
      'a template',
      {
        InputTransformer: {
          InputPathsMap: {
            id: '$.detail.partner.id',
            name: '$.detail.partner.name',
            lines: '$.detail.lines',
            none: '$.detail.none',
          },
          InputTemplate:
            '{"id": <id>, "greeting": "Hello <name>!", "lines": <lines>, "none": <none>, "rule": "<aws.events.rule-name>"}',
        },
      },
      { id: 'ptr_1', greeting: 'Hello Ana "A" O\'Neil!', lines: event.detail.lines, none: null, rule: 'mail' },
    ],
    [
      'the event within a template',
      { InputTransformer: { InputTemplate: '{"event": <aws.events.event.json>}' } },
      { event },
    ],
  ])('%s', (_, given, expected) => expect(JSON.parse(payload(given))).toEqual(expected));

  test('a constant that is no JSON stops the start', () => {
    expect(() => payload({ Input: '{' })).toThrow('stack/rule');
  });
});

test.each([
  ['$.detail.lines[1].cents', 7],
  ['$.detail-type', 'StatementReady'],
  ["$['detail-type']", 'StatementReady'],
  ['$.detail.partner.id.more', undefined],
])('the value at %s', (path, expected) => expect(valueAt(event, path)).toBe(expected));

test('a placeholder nobody defined stays as it is, and an escaped quote does not end the text', () => {
  expect(fill('"say \\"<word>\\" and <other>"', { word: 'a"b' })).toBe('"say \\"a\\"b\\" and <other>"');
});
