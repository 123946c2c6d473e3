import { VisibleError } from '../errors.ts';
import { ROLES, type Role, type Route } from '../routes.ts';

/** Who calls: what the authorizer read from the API key. */
export interface Caller {
  readonly brandId: string;
  readonly keyId: string;
  /** E-mail of the person the key was made for; named in audit entries. */
  readonly person: string;
  readonly role: Role;
  /** Ciphertext of the secret with which the key must sign its requests; absent when it need not. */
  readonly signing?: string;
}

/** The caller of a public route. */
const ANYONE: Caller = { brandId: '', keyId: '', person: 'anyone', role: 'analyst' };

/** The caller of a route, as the authorizer's context tells; refuses who may not call it. */
export function admit(route: Route, context: Partial<Record<keyof Caller, unknown>> | null | undefined): Caller {
  if (route.access === 'public') return ANYONE;
  const { brandId, keyId, person, role, signing } = context ?? {};
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
  return { brandId, keyId, person, role, ...(typeof signing === 'string' && signing !== '' && { signing }) };
}

/** Whether a role may call a route. */
export function mayCall(route: Route, role: Role): boolean {
  return route.access === 'public' || role === 'owner' || (route.access as readonly Role[]).includes(role);
}

const isRole = (role: unknown): role is Role => ROLES.some((known) => known === role);
