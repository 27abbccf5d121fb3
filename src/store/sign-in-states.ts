/**
 * States of sign-ins that are under way. They travel sealed with the person, so that a flood of people who only begin
 * leaves nothing here; one that has come back is written down, and does not come back twice.
 */
import type { Database } from './database.ts';
import { SealError, type Seal } from './seal.ts';
import type { SignInState, SignInStates } from '../passback/ports/sign-in.ts';

const place = (kind: SignInState['kind']) => ['signIn.state', kind];

export function createSignInStates(db: Database, seal: Seal): SignInStates {
  return {
    seal: (state) => seal.seal(JSON.stringify(state), place(state.kind)),

    open(text, kind) {
      try {
        const state = JSON.parse(seal.open(text, place(kind))) as SignInState;
        return Date.parse(state.expiresAt) > Date.now() ? state : null;
      } catch (error) {
        if (error instanceof SealError) return null;
        throw error;
      }
    },

    async use({ id, expiresAt }) {
      const first = await db.rows(
        `INSERT INTO sign_in_used (state, expires_at) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING 1`,
        [id, expiresAt],
      );
      return first.length > 0;
    },
  };
}
