import { describe, expect, test } from 'vitest';
import { brandOfSecret, hashSecret, isAccepted, mintSecret, outlives } from '../../../lib/programs/api-key.ts';

const entropy = (bytes: number) => new Uint8Array(bytes).map((_, place) => place * 7);

describe('a secret', () => {
  test('says whose it is and holds 256 random bits', () => {
    const secret = mintSecret('brd_4k9w2x', entropy(32));
    expect(secret).toMatch(/^trb_4k9w2x_[A-Za-z0-9_-]{43}$/);
    expect(brandOfSecret(secret)).toBe('brd_4k9w2x');
    expect(hashSecret(secret)).toHaveLength(43);
    expect(hashSecret(secret)).not.toBe(hashSecret(secret.replace('trb_4', 'trb_5')));
  });

  const tail = 'A'.repeat(43);
  test.each([
    ['another prefix', `xyz_4k9w2x_${tail}`],
    ['a brand too long', `trb_4k9w2xx_${tail}`],
    ['a letter no id has', `trb_4k9w2l_${tail}`],
    ['capitals', `trb_4K9W2X_${tail}`],
    ['one character less', `trb_4k9w2x_${tail.slice(1)}`],
    ['one character more', `trb_4k9w2x_${tail}A`],
    ['padding', `trb_4k9w2x_${tail.slice(1)}=`],
    ['a line break behind', `trb_4k9w2x_${tail}\n`],
    ['a separator of keys', `trb_4k9#2x_${tail}`],
    ['nothing', ''],
  ])('with %s is none', (_, secret) => expect(brandOfSecret(secret)).toBeUndefined());
});

describe('a key', () => {
  const at = '2026-03-29T10:00:00.000Z';
  const [earlier, later] = ['2026-03-29T09:59:59.999Z', '2026-03-29T10:00:00.001Z'];
  test.each([
    ['without an end', {}, true, true],
    ['that expires later', { expiresOn: later }, true, true],
    ['that expires now', { expiresOn: at }, false, false],
    ['revoked from later on', { revokedFrom: later }, true, false],
    ['revoked from now on', { revokedFrom: at }, false, false],
    ['revoked before', { revokedFrom: earlier }, false, false],
    ['that expires later and was revoked', { expiresOn: later, revokedFrom: earlier }, false, false],
  ])('%s', (_, key, accepted, takesOver) => {
    expect(isAccepted(key, at)).toBe(accepted);
    expect(outlives(key, at)).toBe(takesOver);
  });
});
