import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isPublicAddress } from '../../../lib/webhooks/address.ts';
import { whyNotTarget } from '../../../lib/webhooks/target.ts';

const PUBLIC = [
  ['a resolver', '1.1.1.1'],
  ['a server', '93.184.215.14'],
  ['below the shared range', '100.63.255.255'],
  ['above the shared range', '100.128.0.1'],
  ['below 172.16/12', '172.15.255.255'],
  ['above 172.16/12', '172.32.0.1'],
  ['beside link-local', '169.253.255.255'],
  ['a server of IPv6', '2606:4700:4700::1111'],
  ['the first of a region’s', '2a00:1450:4001::1'],
] as const;
const REFUSED = [
  ['this network', '0.0.0.0'],
  ['this network, further', '0.1.2.3'],
  ['10/8', '10.0.0.1'],
  ['shared (CGNAT)', '100.64.0.1'],
  ['shared, its end', '100.127.255.255'],
  ['loopback', '127.0.0.1'],
  ['loopback, another', '127.8.9.1'],
  ['metadata', '169.254.169.254'],
  ['metadata of tasks', '169.254.170.2'],
  ['link-local', '169.254.0.1'],
  ['172.16/12', '172.16.0.1'],
  ['172.16/12, its end', '172.31.255.255'],
  ['protocol assignments', '192.0.0.1'],
  ['documentation', '192.0.2.1'],
  ['6to4 relays', '192.88.99.1'],
  ['192.168/16', '192.168.1.1'],
  ['benchmarks', '198.18.0.1'],
  ['documentation 2', '198.51.100.7'],
  ['documentation 3', '203.0.113.7'],
  ['multicast', '224.0.0.1'],
  ['reserved', '240.0.0.1'],
  ['broadcast', '255.255.255.255'],
  ['unspecified', '::'],
  ['loopback of IPv6', '::1'],
  ['mapped loopback', '::ffff:127.0.0.1'],
  ['mapped metadata in hexadecimal', '::ffff:a9fe:a9fe'],
  ['mapped public', '::ffff:1.1.1.1'],
  ['compatible', '::7f00:1'],
  ['NAT64 of metadata', '64:ff9b::a9fe:a9fe'],
  ['NAT64 of the network’s own', '64:ff9b:1::1'],
  ['translated', '::ffff:0:a9fe:a9fe'],
  ['discard', '100::1'],
  ['Teredo', '2001::1'],
  ['ORCHID', '2001:20::1'],
  ['documentation of IPv6', '2001:db8::1'],
  ['6to4 of loopback', '2002:7f00:1::'],
  ['documentation, the new block', '3fff::1'],
  ['segment routing', '5f00::1'],
  ['unique local', 'fc00::1'],
  ['metadata of IPv6', 'fd00:ec2::254'],
  ['link-local of IPv6', 'fe80::1'],
  ['link-local with a zone', 'fe80::1%eth0'],
  ['site-local, abandoned', 'fec0::1'],
  ['multicast of IPv6', 'ff02::1'],
  ['outside of global unicast', '4000::1'],
  ['no address', 'example.com'],
  ['nothing', ''],
] as const;

describe('an address of the public Internet', () => {
  test.each(PUBLIC)('%s: %s', (_, address) => expect(isPublicAddress(address)).toBe(true));
});

describe('refused', () => {
  test.each(REFUSED)('%s: %s', (_, address) => expect(isPublicAddress(address)).toBe(false));

  test('every IPv4 address in an IPv6 one that carries it', () => {
    fc.assert(
      fc.property(fc.ipV4(), (inner) => {
        const [a, b, c, d] = inner.split('.').map(Number) as [number, number, number, number];
        const hex = `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
        for (const form of [`::ffff:${hex}`, `::${hex}`, `64:ff9b::${hex}`, `2002:${hex}::`])
          expect(isPublicAddress(form), form).toBe(false);
      }),
    );
  });
});

describe('a URL', () => {
  const why = (url: string, exceptions: readonly string[] = []) => whyNotTarget(new URL(url), exceptions);

  test.each([
    ['http', 'http://hooks.example/', /https/],
    ['another scheme', 'ftp://hooks.example/', /https/],
    ['a user', 'https://ann@hooks.example/', /user name/],
    ['another port', 'https://hooks.example:6379/', /port/],
    ['loopback', 'https://127.0.0.1/', /private/],
    ['loopback as one number', 'https://2130706433/', /private/],
    ['loopback in octal', 'https://0177.0.0.1/', /private/],
    ['loopback in hexadecimal', 'https://0x7f.1/', /private/],
    ['metadata', 'https://169.254.169.254/latest/meta-data/', /private/],
    ['IPv6 loopback', 'https://[::1]/', /private/],
    ['this machine', 'https://localhost/', /public/],
    ['this machine by another name', 'https://hooks.localhost:8443/', /public/],
    ['a name of the local network', 'https://printer.local/', /public/],
    ['a name of a cloud’s inside', 'https://metadata.google.internal/', /public/],
    ['one word', 'https://intranet/', /public/],
    ['a dot at the end', 'https://localhost./', /public/],
    ['mapped loopback', 'https://[::ffff:127.0.0.1]/', /private/],
  ])('with %s is refused', (_, url, reason) => expect(why(url)).toMatch(reason));

  test.each(['https://hooks.example/', 'https://hooks.example:8443/a?b=c', 'https://1.1.1.1/'])('%s is taken', (url) =>
    expect(why(url)).toBeUndefined(),
  );

  test('of an exception is taken, of its neighbour not', () => {
    const exceptions = ['http://127.0.0.1:4498'];
    expect(why('http://127.0.0.1:4498/hook', exceptions)).toBeUndefined();
    expect(why('http://127.0.0.1:4499/', exceptions)).toMatch(/https/);
    expect(why('https://127.0.0.1:4498/', exceptions)).toMatch(/port/);
    expect(why('http://a:b@127.0.0.1:4498/', exceptions)).toMatch(/user name/);
  });
});
