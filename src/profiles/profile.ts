import type { EffectiveSettings, OneRosterVersion, SettingName } from '../gradebook/settings.ts';

/** How one SIS product departs from the specification. */
export interface Profile {
  /** the value of the setting `profile` */
  name: EffectiveSettings['profile'];
  /** the product's name, as administrators know it */
  title: string;
  /** where each departure is documented or was seen */
  sources: string[];
  /** defaults of this SIS; what a domain sets itself is stronger */
  settings: Partial<EffectiveSettings>;
  /** what of all this only one source supports, or a weak one: to be checked with the SIS at hand */
  weak: (SettingName | keyof ProfileConnection)[];
  connection: ProfileConnection;
  /** which categories it takes, in a sentence */
  categories: string;
  /** how its errors look, in a sentence */
  errors: string;
  /** what else the product does that no setting can change */
  notes: string[];
}

/** What an administrator must know of the connection. A connection itself may always say otherwise. */
export interface ProfileConnection {
  oneRosterVersion: OneRosterVersion;
  /** examples of the address (`baseUrl`) */
  addresses: string[];
  /** example; null: not known, the usual ones are tried */
  tokenUrl: string | null;
  /** how the key and the secret are presented; null: not known, the usual ways are tried in turn */
  clientAuthMethod: 'basic' | 'body' | null;
  /** headers without which the gradebook answers 401 */
  requiredHeaders: { name: string; what: string }[];
}

/** What the specification says, and what is tried where nobody says anything. */
export const usualConnection: ProfileConnection = {
  oneRosterVersion: '1.2',
  addresses: ['https://sis.example.org/ims/oneroster/gradebook/v1p2'],
  tokenUrl: null,
  clientAuthMethod: null,
  requiredHeaders: [],
};
