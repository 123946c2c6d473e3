import { inflateSync } from 'node:zlib';
import decodeQR from 'qr/decode.js';
import { describe, expect, test } from 'vitest';
import { qrPng, qrSvg } from '../../../lib/documents/qr.ts';

const TEXTS = [
  'https://go.shop.example/c/4k9w2x7h2mqc0d',
  'https://go.shop.example/c/4k9w2x-summer',
  `https://${'a'.repeat(60)}.execute-api.eu-central-1.amazonaws.com/c/4k9w2x-${'x'.repeat(40)}`,
];

/** The pixels of one of our PNGs: what any reader must find in it. */
function pixelsOf(png: Buffer) {
  expect(png.subarray(0, 8).toString('hex')).toBe('89504e470d0a1a0a');
  const width = png.readUInt32BE(16);
  const data = inflateSync(png.subarray(png.indexOf('IDAT') + 4, png.indexOf('IEND') - 8));
  const stride = 1 + Math.ceil(width / 8);
  expect(data.length).toBe(stride * width);
  const rgba = new Uint8Array(width * width * 4).fill(255);
  for (let y = 0; y < width; y += 1)
    for (let x = 0; x < width; x += 1)
      if (!(data[y * stride + 1 + (x >> 3)]! & (0x80 >> (x & 7))))
        rgba.fill(0, (y * width + x) * 4, (y * width + x) * 4 + 3);
  return { width, height: width, data: rgba };
}

/** The pixels of one of our SVGs at four a module. */
function drawn(svg: string) {
  const modules = Number(/viewBox="0 0 (\d+)/.exec(svg)![1]);
  const width = modules * 4;
  const rgba = new Uint8Array(width * width * 4).fill(255);
  for (const [, x, y] of svg.matchAll(/M(\d+) (\d+)h1v1h-1z/g))
    for (let row = 0; row < 4; row += 1)
      for (let column = 0; column < 4; column += 1) {
        const place = ((Number(y) * 4 + row) * width + Number(x) * 4 + column) * 4;
        rgba.fill(0, place, place + 3);
      }
  return { width, height: width, data: rgba };
}

describe.each(TEXTS)('the code of %s', (text) => {
  test.each([256, 700])('reads back from a PNG at most %i wide', (size) => {
    const pixels = pixelsOf(qrPng(text, size));
    expect(pixels.width).toBeLessThanOrEqual(size);
    expect(decodeQR(pixels)).toBe(text);
  });

  test('reads back from the SVG', () => {
    const svg = qrSvg(text, 300);
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" width="300" height="300"/);
    expect(decodeQR(drawn(svg))).toBe(text);
  });
});
