import type { KMSClient } from '@aws-sdk/client-kms';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Entropy } from '../entropy.ts';
import { TAXPAYER_KEY_BYTES } from '../tax/taxpayer.ts';
import type { Instant } from '../time.ts';
import { taxVaultReader, taxVaultWriter } from './tax-vault.ts';
import { writeTogether } from './transaction.ts';

/** Name of the field in the vault, and so in the context of its ciphertext: policies go by it. */
export const TAXPAYER_KEY = 'taxpayer-key';

/**
 * | access pattern                           | index | key                                   |
 * | ---------------------------------------- | ----- | ------------------------------------- |
 * | the key of a brand's taxpayer fingerprints | table | vault, `<brand>#TAXPAYERS` / `TAX#000001` |
 *
 * Sealed as the numbers are. Made once and never changed: under another key every fingerprint would have to be made anew.
 */
export function taxpayerKeys(client: DynamoDBDocumentClient, table: string, kms: KMSClient, keyArn: string) {
  const reader = taxVaultReader(client, table, kms);
  const writer = taxVaultWriter(kms, table, keyArn);
  const placeOf = (brandId: string) => ({ brandId, partnerId: 'TAXPAYERS', version: 1 });
  const read = async (brandId: string) => (await reader.read(placeOf(brandId), [TAXPAYER_KEY]))?.[TAXPAYER_KEY];

  return {
    /** A brand's key in base64; made when there is none. Of two calls that make one at the same time the first counts, for both. */
    async of(brandId: string, at: Instant, entropy: Entropy): Promise<string> {
      const known = await read(brandId);
      if (known !== undefined) return known;
      const made = Buffer.from(entropy(TAXPAYER_KEY_BYTES)).toString('base64');
      await writeTogether(client, [await writer.formWrite(placeOf(brandId), { [TAXPAYER_KEY]: made }, at)]);
      const stored = await read(brandId);
      if (stored === undefined) throw new Error(`the taxpayer key of ${brandId} was written and is not there`);
      return stored;
    },
  };
}
