/** The ceiling: a server that redirects and does nothing else. Prints its address. */
import http from 'node:http';
import type { AddressInfo } from 'node:net';

const server = http.createServer((_, response) => {
  response.writeHead(302, { location: 'https://shop.example/welcome', 'cache-control': 'no-store' });
  response.end();
});
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
