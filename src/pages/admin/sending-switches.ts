/** The switches of the settings form, and what stands above them or comes of them. */
import { html, nothing } from 'lit';
import type { Effective, Settings } from '../answers.ts';
import { settingsWords } from '../messages/admin-settings.ts';
import { english, note, onOff } from '../parts.ts';
import { nameOf, type Console } from './console.ts';
import type { Typed } from './draft.ts';

type Switch = 'passbackEnabled' | 'autoSync' | 'useCustomIds';
interface Switches extends Typed {
  console: Console;
  own: Settings;
  effective: Effective;
  at: Partial<Record<string, string>>;
  set(field: Switch, on: boolean): void;
}

/** `between`: what is drawn below the second of them. */
export function sendingSwitches(of: Switches, between: unknown) {
  const words = settingsWords();
  const { rows } = of.console.connection.waiting;
  const turnsOff = of.touched.has('passbackEnabled') && !of.draft.passbackEnabled && rows > 0;
  return html`${line(of, 'passbackEnabled', words.allow, words.allowHint)} ${offAbove(of)}
  ${turnsOff ? note('warn', words.turnsOff(rows)) : nothing}
  ${line(of, 'autoSync', words.auto, words.autoHint)} ${between}
  ${line(of, 'useCustomIds', words.custom, words.customHint)}`;
}

/** Off anywhere above wins, whatever is chosen here. */
function offAbove({ console, effective, draft }: Switches) {
  const inForce = effective['passbackEnabled'];
  if (!draft.passbackEnabled || inForce?.value !== false) return nothing;
  const { domain, domains } = console;
  if ([domain.domainId, 'default'].includes(inForce.origin)) return nothing;
  return note('warn', settingsWords().offAbove(nameOf(domains, inForce.origin)));
}

function line(of: Switches, field: Switch, name: string, hint: string) {
  const { domain, domains } = of.console;
  const origin = of.own[field] == null && !of.touched.has(field) ? of.effective[field]?.origin : undefined;
  const inherited = origin && origin !== domain.domainId && domains.some((d) => d.domainId === origin);
  const error = of.at[field];
  return html`<div class="switch-line">
    <div>
      <div class="name">${name}</div>
      <div class="quiet small">
        ${hint} ${inherited ? settingsWords().asIn(nameOf(domains, origin)) : nothing}
      </div>
      ${error ? html`<span class="error">${english(error)}</span>` : nothing}
    </div>
    ${onOff({ on: of.draft[field], name, toggle: (on) => of.set(field, on) })}
  </div>`;
}
