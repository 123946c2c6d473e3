import { inflateSync } from 'node:zlib';

/**
 * Readers of what file-1099 writes, as the one who gets a file would read it: from the published layout or from the columns' titles, trusting
 * nothing. They share no code with the writers.
 */
export interface ReadReturn {
  readonly tin: string;
  readonly account: string;
  readonly compensationCents: number;
  readonly withheldCents: number;
  readonly name: string;
  readonly mark: string;
}

const cents = (text: string): number => {
  if (text === '') return 0;
  if (!/^\d+\.\d\d$/.test(text)) throw new Error(`${text} is no amount`);
  return Number(text.replace('.', ''));
};

export const sumOf = (returns: readonly ReadReturn[]) => ({
  records: returns.length,
  compensationCents: returns.reduce((sum, one) => sum + one.compensationCents, 0),
  withheldCents: returns.reduce((sum, one) => sum + one.withheldCents, 0),
});

/** Rows of a CSV, sign by sign. */
export function readCsv(text: string): string[][] {
  if (!text.endsWith('\r\n')) throw new Error('the last line does not end');
  const rows: string[][] = [];
  let row: string[] = [];
  let value = '';
  let quoted = false;
  for (let place = 0; place < text.length; place += 1) {
    const sign = text[place]!;
    if (quoted) {
      if (sign !== '"') value += sign;
      else if (text[place + 1] === '"') {
        value += '"';
        place += 1;
      } else quoted = false;
    } else if (sign === '"') quoted = true;
    else if (sign === ',') {
      row.push(value);
      value = '';
    } else if (sign === '\r' && text[place + 1] === '\n') {
      rows.push([...row, value]);
      row = [];
      value = '';
      place += 1;
    } else value += sign;
  }
  if (quoted || row.length > 0 || value !== '') throw new Error('the text ends inside a row');
  return rows;
}

/** The portal's CSV, by titles; every record has every column, and there are as many as the portal takes. */
export function readIrisCsv(text: string): (ReadReturn & { readonly columns: Record<string, string> })[] {
  const [titles = [], ...rows] = readCsv(text);
  if (rows.length > 100) throw new Error(`${rows.length} records`);
  return rows.map((row) => {
    if (row.length !== titles.length) throw new Error(`${row.length} cells under ${titles.length} titles`);
    const columns = Object.fromEntries(titles.map((title, place) => [title, row[place]!]));
    for (const value of row) if (/^[=+@-]/.test(value)) throw new Error(`${value} is a formula`);
    const under = (title: RegExp) => columns[titles.find((one) => title.test(one)) ?? ''] ?? '';
    const person = [under(/^Recipient First/), under(/^Recipient Last/)].join(' ').trim();
    return {
      tin: under(/^Recipient (Taxpayer ID Number|TIN)\*?$/),
      account: under(/^Form Account Number/),
      compensationCents: cents(under(/^Box 1a? - /)),
      withheldCents: cents(under(/^Box 4/)),
      name: person || under(/^Recipient Business.*1/),
      mark: under(/^Recipient Name Type/),
      columns,
    };
  });
}

export interface XmlNode {
  readonly tag: string;
  readonly text: string;
  readonly children: readonly XmlNode[];
}

/** A document of elements and texts alone, which is all there is in a transmission. */
export function readXml(text: string): XmlNode {
  let place = text.indexOf('?>') + 2;
  const element = (): XmlNode => {
    const open = /\s*<([A-Za-z0-9]+)([^>]*)>/y;
    open.lastIndex = place;
    const [whole, tag] = open.exec(text) ?? [];
    if (whole === undefined || tag === undefined) throw new Error(`no element at ${place}`);
    place += whole.length;
    const children: XmlNode[] = [];
    for (;;) {
      const next = /([^<]*)(<\/([A-Za-z0-9]+)>)?/y;
      next.lastIndex = place;
      const [found, inner, , closed] = next.exec(text)!;
      if (closed !== undefined) {
        if (closed !== tag) throw new Error(`${closed} closes ${tag}`);
        place += found.length;
        return { tag, text: unescaped(children.length ? '' : inner!), children };
      }
      children.push(element());
    }
  };
  return element();
}

const unescaped = (text: string) =>
  text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&');

export const under = (node: XmlNode, ...path: readonly string[]): XmlNode => {
  const [tag, ...rest] = path;
  if (tag === undefined) return node;
  const child = node.children.find((one) => one.tag === tag);
  if (!child) throw new Error(`${node.tag} has no ${tag}`);
  return under(child, ...rest);
};

/** The returns of a transmission; its own totals and counts must be theirs. */
export function readIrisXml(text: string): ReadReturn[] {
  const root = readXml(text);
  const group = under(root, 'IRSubmission1Grp');
  const returns = under(group, 'IRSubmission1Detail').children.map((detail): ReadReturn => {
    const names = detail.children
      .find(({ tag }) => tag === 'RecipientDetail')!
      .children.find(({ tag }) => /Name$/.test(tag))!;
    return {
      tin: under(detail, 'RecipientDetail', 'TIN').text,
      account: under(detail, 'RecipientAccountNum').text,
      compensationCents: cents(under(detail, 'NonemployeeCompensationAmt').text),
      withheldCents: cents(under(detail, 'FederalIncomeTaxWithheldAmt').text),
      name: names.children.map((part) => part.text).join(' '),
      mark: under(detail, 'CorrectedInd').text,
    };
  });
  const totals = under(group, 'IRSubmission1Header', 'IRSubmission1FormTotals', 'Form1099NECTotalAmtGrp');
  const told = {
    records: Number(under(group, 'IRSubmission1Header', 'TotalReportedRcpntFormCnt').text),
    compensationCents: cents(under(totals, 'NonemployeeCompensationAmt').text),
    withheldCents: cents(under(totals, 'FederalIncomeTaxWithheldAmt').text),
  };
  if (JSON.stringify(told) !== JSON.stringify(sumOf(returns)))
    throw new Error('the totals are not those of the records');
  return returns;
}

/** A file of Pub. 1220, by positions; the totals of C and K and the counts of T and F must be those of the B records. */
export function readPub1220(text: string): (ReadReturn & { readonly state: string })[] {
  const lines = text.split('\r\n');
  if (lines.pop() !== '') throw new Error('the last record does not end');
  const at = (record: string, from: number, to: number) => record.slice(from - 1, to);
  lines.forEach((record, place) => {
    if (record.length !== 748) throw new Error(`record ${place + 1} has ${record.length} signs`);
    if (!/^[\x20-\x7e]*$/.test(record)) throw new Error(`record ${place + 1} is not ASCII`);
    if (Number(at(record, 500, 507)) !== place + 1) throw new Error(`record ${place + 1} is numbered otherwise`);
  });
  const kinds = lines.map((record) => record[0]).join('');
  if (!/^TAB+CKF$/.test(kinds)) throw new Error(`the records are ${kinds}`);
  const returns = lines
    .filter((record) => record.startsWith('B'))
    .map((record) => ({
      tin: at(record, 12, 20),
      account: at(record, 21, 40).trim(),
      compensationCents: Number(at(record, 55, 66)),
      withheldCents: Number(at(record, 91, 102)),
      name: at(record, 288, 327).trim(),
      mark: at(record, 6, 6).trim(),
      state: at(record, 747, 748),
    }));
  const sums = sumOf(returns);
  for (const record of lines.slice(-3, -1)) {
    const told = {
      records: Number(at(record, 2, 9)),
      compensationCents: Number(at(record, 16, 33)),
      withheldCents: Number(at(record, 70, 87)),
    };
    if (JSON.stringify(told) !== JSON.stringify(sums)) throw new Error(`${record[0]} does not sum up the records`);
  }
  const counts = [at(lines[0]!, 296, 303), at(lines.at(-1)!, 50, 57)].map(Number);
  if (counts.some((count) => count !== returns.length))
    throw new Error(`${counts} payees are told of ${returns.length}`);
  return returns;
}

/** The texts of a PDF of ours in the order in which they are drawn. */
export function readPdf(bytes: Uint8Array): string[] {
  const file = Buffer.from(bytes);
  const texts: string[] = [];
  for (let from = file.indexOf('stream\n'); from !== -1; from = file.indexOf('stream\n', from + 7)) {
    const end = file.indexOf('endstream', from);
    const content = inflateSync(file.subarray(from + 7, end)).toString('latin1');
    for (const [, hex] of content.matchAll(/<([0-9A-F]*)> Tj/g))
      texts.push(Buffer.from(hex!, 'hex').toString('latin1'));
    from = end + 3;
  }
  return texts;
}
