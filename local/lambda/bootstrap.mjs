/**
 * One execution environment: runs inside a worker thread, loads one function's bundle and answers one event at a time.
 *
 * Plain JavaScript, since every environment loads it first and a cold start should cost what the bundle costs.
 * What is printed goes to the parent as it is printed, so that a handler which never returns is still heard.
 */
import { readFileSync } from 'node:fs';
import { createRequire, Module } from 'node:module';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';

const { file, exportName, context: fixed } = workerData;

for (const stream of [process.stdout, process.stderr]) {
  stream.write = (chunk, encoding, done) => {
    parentPort.postMessage({
      kind: 'log',
      text: typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8'),
    });
    const callback = typeof encoding === 'function' ? encoding : done;
    if (callback) queueMicrotask(callback);
    return true;
  };
}

/** Lambda reads `.js` as CommonJS unless a package.json in the bundle says otherwise; the repository's own package.json is not in it. */
function loadCommonJs(path) {
  const module = new Module(path);
  module.filename = path;
  module.paths = Module._nodeModulePaths(dirname(path));
  module._compile(readFileSync(path, 'utf8'), path);
  return module.exports;
}

async function load() {
  if (file.endsWith('.mjs')) return import(pathToFileURL(file).href);
  if (file.endsWith('.cjs')) return createRequire(file)(file);
  return loadCommonJs(file);
}

const described = (error) =>
  error instanceof Error
    ? { errorType: error.name || 'Error', errorMessage: error.message, stack: (error.stack ?? '').split('\n') }
    : {
        errorType: typeof error,
        errorMessage: typeof error === 'string' ? error : (JSON.stringify(error) ?? String(error)),
      };

async function invoke(handler, { id, event, deadline }) {
  const context = {
    ...fixed,
    awsRequestId: id,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, Math.floor(deadline - performance.timeOrigin - performance.now())),
  };
  process.env._X_AMZN_TRACE_ID = `Root=1-${id.slice(0, 8)}-${id.replaceAll('-', '').slice(8)};Sampled=0`;
  try {
    const answer = await handler(JSON.parse(event), context);
    parentPort.postMessage({ kind: 'answer', id, payload: JSON.stringify(answer) ?? 'null' });
  } catch (error) {
    parentPort.postMessage({ kind: 'failure', id, ...described(error) });
  }
}

try {
  const handler = (await load())[exportName];
  if (typeof handler !== 'function') throw new TypeError(`${file} exports no function called ${exportName}`);
  parentPort.on('message', (message) => invoke(handler, message));
  parentPort.postMessage({ kind: 'ready' });
} catch (error) {
  parentPort.postMessage({ kind: 'broken', ...described(error) });
}
