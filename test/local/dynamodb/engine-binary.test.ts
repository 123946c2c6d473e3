import { expect, test } from 'vitest';
import { engineBinary, enginePackage } from '../../../local/dynamodb/engine-binary.ts';

test('the package is named after the platform', () => {
  expect(enginePackage({ platform: 'darwin', arch: 'arm64' })).toBe('@dynoxide/darwin-arm64');
});

test('on another platform it is installed, in exactly the version that the index fits', () => {
  const asked: string[] = [];
  const install = (specifier: string) => {
    asked.push(specifier);
    return false;
  };
  expect(() => engineBinary({ platform: 'aix', arch: 'ppc64' }, install)).toThrow(
    /for aix-ppc64 is not installed.*npm install --no-save @dynoxide\/aix-ppc64@1\.2\.1.*TRIBUTARY_DYNAMODB_ENDPOINT/s,
  );
  expect(asked).toEqual(['@dynoxide/aix-ppc64@1.2.1']);
});
