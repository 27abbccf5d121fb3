import type { EffectiveSettings } from '../gradebook/settings.ts';

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
}
