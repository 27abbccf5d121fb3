/** Who calls, what of it he may touch, and the shape of lists. */

export type Role = 'root' | 'admin' | 'lms' | 'teacher';

/** Who is calling: an API key, or a person's token made with one. */
export interface Principal {
  kind: 'key' | 'token';
  role: Role;
  /** the key; of a token: the key, LTI platform or session that it was made with */
  keyId: string;
  /** null: root, all tenants */
  tenantId: string | null;
  /** our id of the domain that it is bound to; null: all of the tenant(s) */
  domainId: string | null;
  /** tokens of teachers: these classes and no other; null: every class of the subtree */
  classKeys: string[] | null;
  /** who is named in history: the person's display name, or the key's name */
  name: string;
  /** whose token it is, in the LMS; null: a key is nobody's */
  subject: string | null;
}

/** One tenant, and within it a subtree and perhaps only some classes. */
export interface Scope {
  tenantId: string;
  domainId: string | null;
  classKeys: string[] | null;
}

export interface Page {
  cursor: string | null;
  limit: number;
}

export interface Items<T> {
  items: T[];
  nextCursor: string | null;
}

export interface Put<T> {
  created: boolean;
  value: T;
}
