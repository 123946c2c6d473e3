import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The engine's version; the indexes we add to its file (`engine-file.ts`) fit this one. */
export const ENGINE_VERSION = '1.2.1';

export interface Platform {
  readonly platform: NodeJS.Platform;
  readonly arch: string;
}

/** The npm package that holds the engine for a platform: `@dynoxide/darwin-arm64`. */
export const enginePackage = ({ platform, arch }: Platform): string => `@dynoxide/${platform}-${arch}`;

const require = createRequire(import.meta.url);

function installedBinary(name: string, platform: NodeJS.Platform): string | undefined {
  try {
    const path = join(
      dirname(require.resolve(`${name}/package.json`)),
      platform === 'win32' ? 'dynoxide.exe' : 'dynoxide',
    );
    return existsSync(path) ? path : undefined;
  } catch {
    return undefined;
  }
}

/** Runs npm; `true` when it succeeded. */
export type Install = (specifier: string) => boolean;
const npmInstall: Install = (specifier) =>
  spawnSync('npm', ['install', '--no-save', '--no-audit', '--no-fund', specifier], { stdio: 'ignore' }).status === 0;

/**
 * Path of the engine's program, installing its package first where the lock file has none: only Linux on x64 is listed there,
 * because a package that a registry lacks would break `npm ci` for everybody.
 */
export function engineBinary(on: Platform = process, install: Install = npmInstall): string {
  const name = enginePackage(on);
  const found = installedBinary(name, on.platform);
  if (found) return found;
  const specifier = `${name}@${ENGINE_VERSION}`;
  const binary = install(specifier) ? installedBinary(name, on.platform) : undefined;
  if (binary) return binary;
  throw new Error(
    `The table engine for ${on.platform}-${on.arch} is not installed and could not be fetched. ` +
      `Run: npm install --no-save ${specifier}. Or run another engine, DynamoDB Local for one, ` +
      'and set TRIBUTARY_DYNAMODB_ENDPOINT to its address.',
  );
}
