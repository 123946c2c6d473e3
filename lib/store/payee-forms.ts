import { IDENTITY_FIELDS, identityOf, type PayeeIdentity } from '../tax/year-end/identity.ts';
import type { taxVaultReader } from './tax-vault.ts';

export type TaxVaultReader = ReturnType<typeof taxVaultReader>;

/** Who a version of a partner's form names. */
export type PayeeForms = (partnerId: string, version: number) => Promise<PayeeIdentity>;

/**
 * Forms of a brand, each opened once however often it is asked for. It holds whole numbers, so it is made for one submission and let go of
 * with it.
 */
export function payeeForms(vault: Pick<TaxVaultReader, 'read'>, brandId: string): PayeeForms {
  const opened = new Map<string, Promise<PayeeIdentity>>();
  const open = async (partnerId: string, version: number): Promise<PayeeIdentity> => {
    const leaves = await vault.read({ brandId, partnerId, version }, IDENTITY_FIELDS);
    if (!leaves) throw new Error(`partner ${partnerId} has a tax form that is not in the vault`);
    return identityOf(leaves, partnerId);
  };
  return (partnerId, version) => {
    const key = `${partnerId}#${version}`;
    const found = opened.get(key) ?? open(partnerId, version);
    opened.set(key, found);
    return found;
  };
}
