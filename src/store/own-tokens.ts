/** A person's token, as its holder sees it; and a link that opens the page for the same person. */
import { hashOf, newSecret } from './access.ts';
import type { Database } from './database.ts';
import { Refusal } from '../passback/refusal.ts';
import type { OwnTokens, TokenView } from '../passback/ports/own-tokens.ts';

interface TokenRow {
  subject: string;
  role: TokenView['role'];
  class_keys: string[] | null;
  display_name: string;
  expires_at: Date;
  domain_key: string;
  sis_name: string | null;
}
const alive = `t.tenant_id = $1 AND t.hash = $2 AND t.kind = 'token' AND t.expires_at > now()`;

export function createOwnTokens(db: Database): OwnTokens {
  return {
    async about(scope, hash) {
      const [row] = await db.rows<TokenRow>(
        `SELECT t.subject, t.role, t.class_keys, t.display_name, t.expires_at, d.key AS domain_key, d.effective->>'sisName' AS sis_name
           FROM user_token t JOIN domain d ON d.id = t.domain_id WHERE ${alive}`,
        [scope.tenantId, hash],
      );
      if (!row) throw ended();
      return {
        expiresAt: row.expires_at.toISOString(),
        subject: row.subject,
        role: row.role,
        domainId: row.domain_key,
        classIds: row.class_keys,
        displayName: row.display_name,
        sisName: row.sis_name,
      };
    },

    async newLink(scope, hash) {
      const linkCode = newSecret('lnk');
      const columns = `tenant_id, domain_id, role, subject, display_name, class_keys, expires_at, key_id, platform_id, session_id`;
      const [row] = await db.rows<{ expires_at: Date }>(
        `INSERT INTO user_token (hash, kind, ${columns}) SELECT $3, 'link', ${columns} FROM user_token t WHERE ${alive} RETURNING expires_at`,
        [scope.tenantId, hash, hashOf(linkCode)],
      );
      if (!row) throw ended();
      return { linkCode, expiresAt: row.expires_at.toISOString() };
    },
  };
}

/** It lived when its holder was asked who he is, and does not any more. */
const ended = () => new Refusal('UNAUTHENTICATED', 'This token has expired or was taken back.');
