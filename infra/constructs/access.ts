import { PolicyStatement } from 'aws-cdk-lib/aws-iam';

/**
 * What a function may touch: the environment variables that name it and the statements that allow it.
 * They come as one value so that no function learns a name it may not use, or may use what it was not told of.
 */
export interface Access {
  readonly environment: Readonly<Record<string, string>>;
  readonly statements: readonly PolicyStatement[];
  /** cdk-nag findings that these statements raise, each with the reason why the resource cannot be named exactly. */
  readonly wildcards?: Readonly<Record<string, string>>;
}

/** Allows the named actions on exactly these resources, and names the resource in a variable when the function must know it. */
export function access(
  actions: readonly string[],
  resources: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Access {
  return {
    environment,
    statements: [new PolicyStatement({ actions: [...actions], resources: [...resources] })],
  };
}

/** A variable alone, allowing nothing. */
export const told = (environment: Readonly<Record<string, string>>): Access => ({ environment, statements: [] });
