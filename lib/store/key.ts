/**
 * One key attribute of an entity: which attributes it is made of, and how they stand in it:
 * `key('pk', ['brandId', 'code'], '{brandId}#LINK#{code}')`. Casing is kept: ElectroDB's default would fold two order ids that differ in
 * case only into one row.
 */
export const key = <const Field extends string, const Parts extends readonly string[]>(
  field: Field,
  composite: Parts,
  template: string,
) => ({ field, composite, template: template.replaceAll('{', '${'), casing: 'none' as const });
