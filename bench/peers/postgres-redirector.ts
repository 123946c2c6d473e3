/**
 * A lean redirector as one would write it on a server: one SELECT for the link, one committed INSERT for the click, then the redirect.
 * Takes the database's socket folder and port; prints its address.
 */
import { randomUUID } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';

const [host, port] = process.argv.slice(2);
const pool = new pg.Pool({ host, port: Number(port), user: 'postgres', database: 'postgres', max: 10 });

const server = http.createServer(async (request, response) => {
  const code = request.url!.slice(3);
  const { rows } = await pool.query({
    name: 'link',
    text: 'SELECT destination, partner FROM links WHERE code = $1',
    values: [code],
  });
  const link = rows[0] as { destination: string; partner: string } | undefined;
  if (!link) {
    response.writeHead(404).end();
    return;
  }
  const id = randomUUID();
  await pool.query({
    name: 'click',
    text: 'INSERT INTO clicks (id, link, partner, at, agent) VALUES ($1, $2, $3, now(), $4)',
    values: [id, code, link.partner, request.headers['user-agent']],
  });
  response.writeHead(302, { location: `${link.destination}?click=${id}`, 'cache-control': 'no-store' });
  response.end();
});
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
