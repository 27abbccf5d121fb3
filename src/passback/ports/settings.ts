/** Settings of a domain, and the test of a connection. */
import type { SettingsInput } from '../../gradebook/settings.ts';
import type { Scope } from './callers.ts';
import type { TestReport } from './sis.ts';

/** Own settings as GET answers them and PUT takes them back; secrets only as `…Set` / `true`. */
export interface SettingsView {
  settings: SettingsInput;
  revision: number;
  effective?: Record<string, { value: unknown; origin: string }>;
}

export interface Settings {
  get(scope: Scope, key: string, withEffective: boolean): Promise<SettingsView>;
  /** `ifRevision` null: not asked for; else STALE when it is no longer that */
  put(scope: Scope, key: string, input: SettingsInput, ifRevision: number | null): Promise<SettingsView>;
  test(
    scope: Scope,
    key: string,
    input: {
      settings?: SettingsInput | undefined;
      classId?: string | undefined;
      /** an assignment is written into the class and removed again; scores only of this student */
      writes?: { studentId?: string | undefined } | null;
    },
  ): Promise<TestReport>;
}
