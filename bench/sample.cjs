/**
 * One fresh process, one bundle: how long until it is loaded, how long its first call takes, and what a steady call costs in CPU.
 * Arguments: bundle, event file, number of steady calls. Prints one JSON line. Plain JavaScript, so that nothing but the bundle is loaded.
 */
const { performance } = require('node:perf_hooks');
const { readFileSync } = require('node:fs');

const [bundle, eventFile, calls] = process.argv.slice(2);
const event = JSON.parse(readFileSync(eventFile, 'utf8'));
const context = {
  functionName: 'bench',
  invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:bench',
  awsRequestId: '00000000-0000-4000-8000-000000000000',
  getRemainingTimeInMillis: () => 30_000,
};
// Functions log a line a call; where the line goes is not what is measured.
console.log = console.info = console.warn = console.error = console.debug = () => {};

async function main() {
  const cpuBefore = process.cpuUsage();
  const started = performance.now();
  const { handler } = require(bundle);
  const imported = performance.now();
  let failed;
  // A job whose stand-in answers do not suffice has still loaded its clients and signed its first request.
  const call = () =>
    Promise.resolve(handler(structuredClone(event), context)).catch((error) => {
      failed ??= String(error);
    });
  await call();
  const called = performance.now();
  const spent = process.cpuUsage(cpuBefore);
  const initCpuMs = (spent.user + spent.system) / 1_000;
  const result = { importMs: imported - started, firstCallMs: called - imported, initCpuMs, failed };
  if (Number(calls) > 0) {
    for (let i = 0; i < 500; i += 1) await call();
    const before = process.cpuUsage();
    for (let i = 0; i < Number(calls); i += 1) await call();
    const { user, system } = process.cpuUsage(before);
    result.cpuMicrosPerCall = (user + system) / Number(calls);
  }
  process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
}
void main();
