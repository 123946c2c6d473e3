import { AwsCallError, type LeanCall } from './lean-client.ts';

/** A parameter with the number of its version, which rises by one with every write. */
export interface Parameter {
  readonly value: string;
  readonly version: number;
}

/** Secrets in the Parameter Store: SecureStrings under the account's own key for it. */
export const parameters = (call: LeanCall) => ({
  /** A parameter, decrypted; nothing when it was never written. */
  async read(name: string, deadlineMs: number): Promise<Parameter | undefined> {
    try {
      const { Parameter } = (await call('GetParameter', { Name: name, WithDecryption: true }, deadlineMs)) as {
        Parameter: { Value: string; Version: number };
      };
      return { value: Parameter.Value, version: Parameter.Version };
    } catch (error) {
      if (error instanceof AwsCallError && error.code === 'ParameterNotFound') return undefined;
      throw error;
    }
  },

  /** Writes the first version; `false` when there is one already. */
  async create(name: string, value: string, deadlineMs: number): Promise<boolean> {
    try {
      await call('PutParameter', { Name: name, Value: value, Type: 'SecureString', Overwrite: false }, deadlineMs);
      return true;
    } catch (error) {
      if (error instanceof AwsCallError && error.code === 'ParameterAlreadyExists') return false;
      throw error;
    }
  },

  /** Writes a further version and gives its number. */
  async replace(name: string, value: string, deadlineMs: number): Promise<number> {
    const input = { Name: name, Value: value, Type: 'SecureString', Overwrite: true };
    const { Version } = (await call('PutParameter', input, deadlineMs)) as { Version: number };
    return Version;
  },
});
export type Parameters = ReturnType<typeof parameters>;
