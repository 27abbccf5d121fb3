/** What an LMS loads into its own page: `<script type="module" src="…/embed/v1/sync-grades.js">` (docs/embedding.md). */
import { SyncGradesSettingsButton } from './settings-button.ts';
import { SyncGradesButton } from './sync-button.ts';

// The script may stand in a page twice: under its name and under the name of a release.
if (!customElements.get('sync-grades-button')) customElements.define('sync-grades-button', SyncGradesButton);
if (!customElements.get('sync-grades-settings-button'))
  customElements.define('sync-grades-settings-button', SyncGradesSettingsButton);
