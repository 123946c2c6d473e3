// biome-ignore-all lint/suspicious/noTemplateCurlyInString: CloudFormation writes ${…} too
import { describe, expect, test } from 'vitest';
import { NO_VALUE, resolve, type Scope } from '../../local/intrinsics.ts';

const scope: Scope = {
  ref: (name) => (name === 'AWS::NoValue' ? NO_VALUE : `<${name}>`),
  attribute: (id, name) => `<${id}.${name}>`,
  imported: (name) => `<import ${name}>`,
  condition: (name) => name === 'Yes',
  mapping: (...path) => path.join('/'),
};

describe('resolves', () => {
  test.each<[string, unknown, unknown]>([
    ['plain values', { a: 1, b: [true, null, 'x'] }, { a: 1, b: [true, null, 'x'] }],
    ['a reference', { Ref: 'Table' }, '<Table>'],
    ['an attribute, as a list', { 'Fn::GetAtt': ['Table', 'Arn'] }, '<Table.Arn>'],
    ['an attribute, as text with a dotted name', { 'Fn::GetAtt': 'Nested.Outputs.Name' }, '<Nested.Outputs.Name>'],
    ['a join of references', { 'Fn::Join': [':', ['a', { Ref: 'B' }, 'c']] }, 'a:<B>:c'],
    ['a join of a split', { 'Fn::Join': ['-', { 'Fn::Split': ['/', 'a/b'] }] }, 'a-b'],
    ['a choice out of a split', { 'Fn::Select': ['1', { 'Fn::Split': ['/', 'a/b/c'] }] }, 'b'],
    ['Sub: reference, attribute, escape', { 'Fn::Sub': '${A}-${B.C}-${!D}' }, '<A>-<B.C>-${D}'],
    ['Sub: its own names first', { 'Fn::Sub': ['${A}-${B}', { A: { Ref: 'X' } }] }, '<X>-<B>'],
    ['a mapping', { 'Fn::FindInMap': ['M', { Ref: 'R' }, 'k'] }, 'M/<R>/k'],
    ['If, taken', { 'Fn::If': ['Yes', 'a', { Unknown: { 'Fn::Nope': 1 } }] }, 'a'],
    ['If, not taken', { 'Fn::If': ['No', 'a', { Ref: 'B' }] }, '<B>'],
    ['conditions', { 'Fn::And': [{ Condition: 'Yes' }, { 'Fn::Not': [{ Condition: 'No' }] }] }, true],
    ['conditions: none of', { 'Fn::Or': [{ 'Fn::Equals': [{ Ref: 'A' }, 'x'] }, { Condition: 'No' }] }, false],
    ['an import', { 'Fn::ImportValue': { 'Fn::Sub': '${A}:x' } }, '<import <A>:x>'],
    ['base64', { 'Fn::Base64': 'hello' }, 'aGVsbG8='],
    ['a removed property', { keep: 1, drop: { Ref: 'AWS::NoValue' } }, { keep: 1 }],
    ['a removed list entry', [1, { 'Fn::If': ['No', 2, { Ref: 'AWS::NoValue' }] }, 3], [1, 3]],
    [
      'a policy condition, which is no intrinsic',
      { Condition: { Bool: { a: 'true' } } },
      { Condition: { Bool: { a: 'true' } } },
    ],
    ['an object with more than the intrinsic', { Ref: 'A', Other: 1 }, { Ref: 'A', Other: 1 }],
  ])('%s', (_, given, expected) => expect(resolve(given, scope)).toEqual(expected));
});

test.each<[string, unknown, RegExp]>([
  ['an unknown intrinsic', { 'Fn::Cidr': ['a', 1, 2] }, /Fn::Cidr is not known/],
  ['a choice that is not there', { 'Fn::Select': [5, ['a']] }, /no entry 5/],
  ['a join of no list', { 'Fn::Join': ['', 'text'] }, /takes a list/],
])('refuses %s', (_, given, reason) => expect(() => resolve(given, scope)).toThrow(reason));
