/** Runs a laptop in a process of its own, for the tests that kill it. Arguments: assembly folder, data folder. */
import { bootStacks } from '../../local/boot.ts';

const [assemblyDir = '', dataDir = ''] = process.argv.slice(2);
const laptop = await bootStacks({ assemblyDir, dataDir, settings: { port: 0, dynamodbEndpoint: undefined } });
console.log(laptop.assembly.outputs.ApiUrl);
