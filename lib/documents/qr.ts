import { crc32, deflateSync } from 'node:zlib';
import encodeQR from 'qr';

/** Light modules around the code, as the standard asks. */
const MARGIN = 4;

/** A code that still reads with a seventh of it dirty or covered. */
const modulesOf = (text: string): boolean[][] => encodeQR(text, 'raw', { ecc: 'medium', border: MARGIN });

/** The QR code of a text as SVG, one path, black on white, `size` units wide. */
export function qrSvg(text: string, size: number): string {
  const modules = modulesOf(text);
  const path = modules.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ''))).join('');
  const { length } = modules;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}" viewBox="0 0 ${length} ${length}" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h${length}v${length}H0z"/><path d="${path}"/></svg>`;
}

/** The QR code of a text as PNG: one bit a pixel, whole pixels a module, at most `size` wide (but one pixel a module at least). */
export function qrPng(text: string, size: number): Buffer {
  const modules = modulesOf(text);
  const scale = Math.max(1, Math.floor(size / modules.length));
  const width = modules.length * scale;
  const rows = modules.flatMap((row) => {
    // A filter byte, then the pixels, most significant bit first; 1 is white.
    const line = Buffer.alloc(1 + Math.ceil(width / 8));
    for (let x = 0; x < width; x += 1) if (!row[Math.floor(x / scale)]) line[1 + (x >> 3)]! |= 0x80 >> (x & 7);
    return Array.from({ length: scale }, () => line);
  });
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(width, 4);
  // One bit, greyscale; compression, filter and interlace as everywhere.
  header.set([1, 0, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.concat(rows))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}
