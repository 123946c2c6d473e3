import { VisibleError } from '../errors.ts';
import { ROLES, type Role, type Route } from '../routes.ts';

/** Who calls: what the authorizer read from the API key. */
export interface Caller {
  readonly brandId: string;
  readonly keyId: string;
  /** E-mail of the person the key was made for; named in audit entries. */
  readonly person: string;
  readonly role: Role;
  /** The partner that a key of the role `partner` acts for. */
  readonly partnerId?: string;
  /** Ciphertext of the secret with which the key must sign its requests; absent when it need not. */
  readonly signing?: string;
}

/** The caller of a public route. */
const ANYONE: Caller = { brandId: '', keyId: '', person: 'anyone', role: 'analyst' };

/** The caller of a route, as the authorizer's context tells; refuses who may not call it. */
export function admit(route: Route, context: Partial<Record<keyof Caller, unknown>> | null | undefined): Caller {
  if (route.access === 'public') return ANYONE;
  const { brandId, keyId, person, role, partnerId, signing } = context ?? {};
  if (typeof brandId !== 'string' || typeof keyId !== 'string' || typeof person !== 'string' || !isRole(role)) {
    throw new VisibleError('unauthenticated', 'no-api-key', 'Send an API key as "Authorization: Bearer trb_…".');
  }
  if (!mayCall(route, role)) {
    const allowed = ['owner', ...route.access].join(' or ');
    throw new VisibleError(
      'forbidden',
      'role-not-allowed',
      `${route.id} needs the role ${allowed}; this key has ${role}.`,
    );
  }
  return {
    ...{ brandId, keyId, person, role },
    ...(typeof partnerId === 'string' && partnerId !== '' && { partnerId }),
    ...(typeof signing === 'string' && signing !== '' && { signing }),
  };
}

/**
 * Refuses a partner's key what is another partner's: every route open to it has the partner in its path. What it may not see looks as if
 * it were not there.
 */
export function expectOwnPartner({ role, partnerId }: Caller, params: Readonly<Record<string, unknown>>): void {
  if (role !== 'partner' || (partnerId !== undefined && params.partnerId === partnerId)) return;
  throw new VisibleError('not-found', 'no-such-partner', 'There is no such partner for this key.');
}

/** Whether a role may call a route. */
function mayCall(route: Route, role: Role): boolean {
  return route.access === 'public' || role === 'owner' || (route.access as readonly Role[]).includes(role);
}

const isRole = (role: unknown): role is Role => ROLES.some((known) => known === role);
