import type { BrandStore } from './brands.ts';
import type { ProgramStore, StoredProgram } from './programs.ts';
import { walk } from './walk.ts';

/** What a job was told to cover, and where this call of its plan goes on. */
interface Covered {
  readonly brandId?: string | undefined;
  readonly programId?: string | undefined;
  readonly at?: { readonly brandId: string; readonly programId?: string | undefined } | undefined;
}

/** The brands and programs that a scheduled or hand-started job covers: the one it names, else all, in the order of their ids. */
export const jobScope = (brands: BrandStore, programs: ProgramStore) => ({
  brands({ brandId, at }: Covered): AsyncIterable<{ brandId: string }> | { brandId: string }[] {
    return brandId === undefined ? walk({ one: brands.get, list: brands.list }, at?.brandId) : [{ brandId }];
  },

  /** @throws when the named program is not the brand's: a job started for nothing should not end as if it had found nothing to do. */
  async *programs({ programId, at }: Covered, brandId: string): AsyncGenerator<StoredProgram> {
    if (programId === undefined) {
      const listed = {
        one: (id: string) => programs.get(brandId, id),
        list: (request: object) => programs.list(brandId, request),
      };
      yield* walk<StoredProgram>(listed, at?.brandId === brandId ? at.programId : undefined);
      return;
    }
    const program = await programs.get(brandId, programId);
    if (!program) throw new RangeError(`brand ${brandId} has no program ${programId}`);
    yield program;
  },
});
