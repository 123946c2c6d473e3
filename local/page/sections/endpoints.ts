import { html } from 'hono/html';
import { code, count, path, table } from '../../../web/parts.ts';
import type { Rooms } from '../rooms.ts';
import type { Section } from '../section.ts';

/** Every address the laptop answers at. */
export function endpointsSection({
  apis,
  awsEndpoint,
  region,
  shorten,
}: Pick<Rooms, 'apis' | 'awsEndpoint' | 'region' | 'shorten'>): Section {
  return {
    path: '/endpoints',
    title: 'Endpoints',
    mark: () => ({ text: count(apis.reduce((sum, { routes }) => sum + routes.length, 0)) }),
    mount(app, show) {
      app.get('/endpoints', (c) =>
        show(c, {
          title: 'Endpoints',
          body: html`
            ${apis.map(
              ({ name, url, routes }) => html`<h2>${shorten(name)} <small><a href="${url}">${url}</a></small></h2>
                ${table(
                  [{ title: 'Method' }, { title: 'Path', kind: 'wide' }, { title: 'Function' }],
                  routes.map(({ key, functionName }) => {
                    const [method = '', route] = key.split(' ');
                    const address = html`<code>${route ?? 'every other path'}</code>`;
                    const open =
                      method === 'GET' && route && !route.includes('{')
                        ? html`<a href="${url}${route}">${address}</a>`
                        : address;
                    return [
                      method === '$default' ? 'any' : method,
                      open,
                      html`<a href="${path('functions', functionName)}" title="${functionName}">${shorten(functionName)}</a>`,
                    ];
                  }),
                  'No routes.',
                )}`,
            )}
            <h2>AWS <small>every service at one address</small></h2>
            <p>The AWS CLI and the SDKs work against it with any key; a role's name as the access key makes a call in that role's name.</p>
            ${code(`export AWS_ENDPOINT_URL=${awsEndpoint} AWS_REGION=${region} AWS_ACCESS_KEY_ID=operator AWS_SECRET_ACCESS_KEY=laptop
aws stepfunctions list-state-machines`)}`,
        }),
      );
    },
  };
}
