import { InputProblem, quoted } from './input-problem.ts';
import { JourneyBuilder, type Journeys } from './journeys.ts';
import { recordBlocks } from './record-blocks.ts';

/** Journeys with the first place where a time is missing; without one, they can be used by models that need times. */
export interface TimedJourneys {
  readonly journeys: Journeys;
  readonly untimed?: string;
}

/**
 * Reads one journey a line:
 * `{"touches":[{"partner":"Acme","at":"2026-03-01T10:00:00Z"}],"converted":true,"value":12.34,"at":"2026-03-02T09:00:00Z"}`.
 *
 * `value` is a decimal amount, `valueCents` an integer of hundredths; a journey has at most one of them. `at` is the time of the
 * conversion, or until when a journey was watched (its last touch when absent). Times may be missing altogether; where a journey has
 * them, its touches are put in their order and those after its end are left out. Throws an `InputProblem` at the first thing wrong.
 */
export function readNdjson(chunks: Iterable<Uint8Array>): TimedJourneys {
  const builder = new JourneyBuilder({ timed: true });
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let untimed: string | undefined;
  let line = 0;
  for (const bytes of recordBlocks(chunks, false)) {
    let at = 0;
    while (at < bytes.length) {
      let end = bytes.indexOf(10, at);
      if (end === -1) end = bytes.length;
      line += 1;
      let text: string;
      try {
        text = decoder.decode(bytes.subarray(at, end)).trim();
      } catch {
        throw new InputProblem(line, undefined, 'is not UTF-8; save the file as UTF-8');
      }
      at = end + 1;
      if (text === '') continue;
      const missing = readJourney(builder, text, line);
      if (missing !== undefined) untimed ??= `line ${line}, ${missing}`;
    }
  }
  return { journeys: builder.finish(), ...(untimed === undefined ? {} : { untimed }) };
}

type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Adds a journey; tells which time it lacks. */
function readJourney(builder: JourneyBuilder, text: string, line: number): string | undefined {
  let journey: unknown;
  try {
    journey = JSON.parse(text);
  } catch (error) {
    throw new InputProblem(line, undefined, `is not JSON (${(error as Error).message}); each line must be one journey`);
  }
  if (!isObject(journey))
    throw new InputProblem(line, undefined, 'is not a JSON object; each line must be one journey');
  const { touches, converted } = journey;
  if (!Array.isArray(touches)) {
    throw new InputProblem(
      line,
      'touches',
      'must be a list of {"partner": …, "at": …}, oldest first; [] when there were none',
    );
  }
  if (typeof converted !== 'boolean') throw new InputProblem(line, 'converted', 'must be true or false');
  let missing: string | undefined;
  const found = touches.map((touch: unknown, index) => {
    const place = `touches[${index}]`;
    if (!isObject(touch)) throw new InputProblem(line, place, 'must be an object {"partner": …, "at": …}');
    const partner = typeof touch.partner === 'string' ? touch.partner.trim() : '';
    if (partner === '') throw new InputProblem(line, `${place}.partner`, 'must be a name that is not empty');
    const at = readTime(touch.at, line, `${place}.at`);
    if (Number.isNaN(at)) missing ??= `${place}.at`;
    return { partner, at };
  });
  let end = readTime(journey.at, line, 'at');
  if (missing === undefined) {
    found.sort((a, b) => a.at - b.at);
    if (Number.isNaN(end)) {
      if (converted) missing = 'at';
      else end = found.at(-1)?.at ?? 0;
    }
  }
  for (const { partner, at } of found) {
    const number = builder.names.of(partner);
    if (missing === undefined && at > end) continue;
    builder.touch(number, at);
  }
  readValue(builder, journey, converted, line);
  builder.conversions.push(converted ? 1 : 0, 0);
  builder.end(converted ? 0 : 1, end);
  return missing;
}

const TIME = /^(\d{4}-\d\d-\d\d)[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d(:?\d\d)?)$/i;

/** `Date.parse` takes February 30 for March 2. */
const isDay = (day: string) => {
  const ms = Date.parse(day);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(day);
};

/** Epoch milliseconds, NaN when there is no time. */
function readTime(at: unknown, line: number, column: string): number {
  if (at === undefined || at === null) return Number.NaN;
  const [, day] = (typeof at === 'string' && TIME.exec(at)) || [];
  const ms = day !== undefined && isDay(day) ? Date.parse(at as string) : Number.NaN;
  if (Number.isNaN(ms)) {
    throw new InputProblem(
      line,
      column,
      `${quoted(JSON.stringify(at))} is not a time with its zone; write it like 2026-03-01T10:00:00Z`,
    );
  }
  return ms;
}

function readValue(builder: JourneyBuilder, journey: Json, converted: boolean, line: number): void {
  const { value, valueCents } = journey;
  if (value !== undefined && valueCents !== undefined) {
    throw new InputProblem(line, 'valueCents', 'stands beside value; give one of them');
  }
  const worth = value ?? valueCents ?? 0;
  if (!converted && Number(worth) !== 0) {
    throw new InputProblem(
      line,
      value === undefined ? 'valueCents' : 'value',
      'must be 0 or absent where converted is false',
    );
  }
  if (valueCents !== undefined && valueCents !== null) {
    if (!Number.isSafeInteger(valueCents)) {
      throw new InputProblem(
        line,
        'valueCents',
        `${quoted(JSON.stringify(valueCents))} is not a whole number of cents`,
      );
    }
    builder.value.push(valueCents as number, 2);
    return;
  }
  if (typeof worth === 'number' && Math.abs(worth) > Number.MAX_SAFE_INTEGER)
    throw new InputProblem(line, 'value', 'has more digits than a JSON number keeps; write it as text: "12.34"');
  const written = typeof worth === 'number' ? String(worth) : typeof worth === 'string' ? worth.trim() : '';
  if (!builder.value.pushText(written)) {
    throw new InputProblem(line, 'value', `${quoted(JSON.stringify(worth))} is not a number; write it like 12.34`);
  }
}
