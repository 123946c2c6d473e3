/**
 * Reads a NACHA file as a bank would: by the positions of the published record layout, trusting nothing. Written from that layout alone;
 * it shares no code with the writer.
 */
export interface ReadEntry {
  readonly transactionCode: string;
  readonly routingNumber: string;
  readonly accountNumber: string;
  readonly amountCents: number;
  readonly identification: string;
  readonly name: string;
  readonly trace: string;
}

export interface ReadBatch {
  readonly company: string;
  readonly companyId: string;
  readonly entryClass: string;
  readonly description: string;
  readonly descriptiveDate: string;
  readonly effectiveDate: string;
  readonly entries: ReadEntry[];
}

export interface ReadNacha {
  readonly destination: string;
  readonly origin: string;
  readonly created: string;
  readonly modifier: string;
  readonly destinationName: string;
  readonly originName: string;
  readonly batches: ReadBatch[];
  readonly blocks: number;
}

/** Positions count from one, both ends included, as the layout prints them. */
const at = (record: string, first: number, last: number) => record.slice(first - 1, last);

function number(record: string, first: number, last: number): number {
  const field = at(record, first, last);
  if (!/^[0-9]+$/.test(field)) throw new Error(`positions ${first}-${last} hold '${field}', no number`);
  return Number.parseInt(field, 10);
}

function must(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(what);
}

/** @throws Error naming the first thing a bank would refuse the file for. */
export function readNacha(text: string): ReadNacha {
  must(text.endsWith('\n'), 'the last record is not ended');
  const records = text.slice(0, -1).split('\n');
  for (const [place, record] of records.entries())
    must(record.length === 94 && /^[ -~]*$/.test(record), `record ${place + 1} is not 94 plain characters`);
  must(records.length % 10 === 0, `${records.length} records are no whole blocks`);

  const [header, ...rest] = records as [string, ...string[]];
  must(at(header, 1, 3) === '101', 'no file header with priority 01');
  must(at(header, 35, 40) === '094101', 'record size, blocking factor or format are others');
  must(/^ \d{9}$/.test(at(header, 4, 13)), 'the destination is no routing number');
  must(/^\d{10}$/.test(at(header, 24, 33)), 'creation date or time are no digits');
  must(/^[A-Z0-9]$/.test(at(header, 34, 34)), 'no file id modifier');

  const batches: ReadBatch[] = [];
  let open: ReadBatch | undefined;
  let control: string | undefined;
  let seen = 0;
  let hash = 0n;
  let credit = 0n;
  let lastTrace = '';
  for (const record of rest) {
    if (control !== undefined) {
      must(/^9{94}$/.test(record), 'something follows the file control');
      continue;
    }
    switch (record[0]) {
      case '5':
        must(!open, 'a batch begins inside a batch');
        must(at(record, 2, 4) === '220', 'service class is not credits only');
        must(at(record, 79, 79) === '1', 'originator status is not 1');
        must(number(record, 88, 94) === batches.length + 1, 'batch numbers do not rise by one');
        open = {
          company: at(record, 5, 20).trimEnd(),
          companyId: at(record, 41, 50).trimEnd(),
          entryClass: at(record, 51, 53),
          description: at(record, 54, 63).trimEnd(),
          descriptiveDate: at(record, 64, 69),
          effectiveDate: at(record, 70, 75),
          entries: [],
        };
        batches.push(open);
        break;
      case '6': {
        must(open !== undefined, 'an entry outside a batch');
        const routingNumber = at(record, 4, 12);
        must(checkDigitHolds(routingNumber), `${routingNumber} is no routing number`);
        must(at(record, 79, 79) === '0', 'an addenda is announced');
        const trace = at(record, 80, 94);
        must(/^\d{15}$/.test(trace) && trace > lastTrace, 'trace numbers do not rise');
        lastTrace = trace;
        open.entries.push({
          transactionCode: at(record, 2, 3),
          routingNumber,
          accountNumber: at(record, 13, 29).trimEnd(),
          amountCents: number(record, 30, 39),
          identification: at(record, 40, 54).trimEnd(),
          name: at(record, 55, 76).trimEnd(),
          trace,
        });
        break;
      }
      case '8': {
        must(open !== undefined, 'a batch control without its batch');
        const { entries, companyId } = open;
        const ownHash = entries.reduce((sum, { routingNumber }) => sum + BigInt(routingNumber.slice(0, 8)), 0n);
        const ownCredit = entries.reduce((sum, { amountCents }) => sum + BigInt(amountCents), 0n);
        must(number(record, 5, 10) === entries.length && entries.length > 0, 'the batch counts other entries');
        must(BigInt(at(record, 11, 20)) === ownHash % 10_000_000_000n, 'the batch hash does not hold');
        must(number(record, 21, 32) === 0, 'the batch debits somebody');
        must(BigInt(at(record, 33, 44)) === ownCredit, 'the batch total does not hold');
        must(at(record, 45, 54).trimEnd() === companyId, 'the batch ends with another company');
        must(number(record, 88, 94) === batches.length, 'the batch ends with another number');
        must(
          entries.every(({ trace }) => trace.startsWith(at(record, 80, 87))),
          'a trace number of another bank',
        );
        hash += ownHash;
        credit += ownCredit;
        seen += entries.length;
        open = undefined;
        break;
      }
      case '9':
        must(!open, 'the file ends inside a batch');
        control = record;
        break;
      default:
        throw new Error(`a record of type ${record[0]}`);
    }
  }
  must(control !== undefined, 'no file control');
  must(number(control, 2, 7) === batches.length, 'the file counts other batches');
  must(number(control, 8, 13) === records.length / 10, 'the file counts other blocks');
  must(number(control, 14, 21) === seen, 'the file counts other entries');
  must(BigInt(at(control, 22, 31)) === hash % 10_000_000_000n, 'the file hash does not hold');
  must(number(control, 32, 43) === 0, 'the file debits somebody');
  must(BigInt(at(control, 44, 55)) === credit, 'the file total does not hold');
  return {
    destination: at(header, 5, 13),
    origin: at(header, 14, 23).trimStart(),
    created: at(header, 24, 33),
    modifier: at(header, 34, 34),
    destinationName: at(header, 41, 63).trimEnd(),
    originName: at(header, 64, 86).trimEnd(),
    batches,
    blocks: records.length / 10,
  };
}

function checkDigitHolds(routingNumber: string): boolean {
  if (!/^\d{9}$/.test(routingNumber)) return false;
  const [a, b, c, d, e, f, g, h, check] = [...routingNumber].map(Number) as [number, ...number[]];
  return (10 - ((3 * (a + d! + g!) + 7 * (b! + e! + h!) + c! + f!) % 10)) % 10 === check;
}
