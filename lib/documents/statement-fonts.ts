import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const FILES = {
  regular: '@expo-google-fonts/noto-sans/400Regular/NotoSans_400Regular.ttf',
  bold: '@expo-google-fonts/noto-sans/600SemiBold/NotoSans_600SemiBold.ttf',
} as const;

/**
 * A font of the statement's PDF: Noto Sans (SIL Open Font License 1.1), which has Latin with all its accents, Greek and Cyrillic.
 * Bundled functions have no files of packages beside them: `infra/bundle.ts` replaces this module by one that holds the bytes.
 */
export function fontBytes(weight: keyof typeof FILES): Uint8Array {
  const bytes = known.get(weight) ?? readFileSync(createRequire(import.meta.url).resolve(FILES[weight]));
  known.set(weight, bytes);
  return bytes;
}
const known = new Map<string, Uint8Array>();
