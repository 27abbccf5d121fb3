/** The sub-domains as a tree of tick boxes: ticked ones send nothing. */
import { LitElement, css, html, nothing, type PropertyValues } from 'lit';
import { look } from '../look.ts';
import { consoleWords } from '../messages/admin.ts';
import { settingsWords } from '../messages/admin-settings.ts';
import type { DomainLine } from './admin-answers.ts';
import { below } from './console.ts';

interface Line {
  domain: DomainLine;
  depth: number;
  /** excluded because one above it is */
  through: string | null;
  /** excluded by a domain above all of these, and only there to be let in again */
  fromAbove: boolean;
}

export class ExcludedDomains extends LitElement {
  static override properties = {
    domains: { attribute: false },
    root: {},
    excluded: { attribute: false },
    excludedAbove: { attribute: false },
    filter: { state: true },
  };
  static override styles = [
    look,
    css`
      fieldset {
        border: 0;
        margin: 0;
        min-width: 0;
        padding: 0;
      }
      legend {
        font-weight: 600;
        padding: 0;
      }
      ul {
        list-style: none;
        margin: 0.5rem 0 0;
        max-height: 20rem;
        overflow-y: auto;
        padding: 0;
        position: relative;
      }
      label.line {
        align-items: center;
        display: flex;
        gap: 0.625rem;
        min-height: 2.5rem;
      }
      .d1 {
        padding-inline-start: 1.75rem;
      }
      .d2 {
        padding-inline-start: 3.5rem;
      }
      .d3 {
        padding-inline-start: 5.25rem;
      }
      input[type='checkbox'] {
        accent-color: var(--accent);
        flex: none;
        height: 1.25rem;
        margin: 0 0.25rem;
        width: 1.25rem;
      }
      input[type='search'] {
        background: var(--card);
        border: 1px solid var(--edge);
        border-radius: 8px;
        color: inherit;
        font: inherit;
        margin-top: 0.25rem;
        min-height: 2.5rem;
        padding: 0.375rem 0.625rem;
        width: min(100%, 22rem);
      }
    `,
  ];
  domains: DomainLine[] = [];
  root = '';
  excluded: string[] = [];
  excludedAbove: ReadonlySet<string> = new Set();
  filter = '';

  #below = new Map<string | null, DomainLine[]>();

  override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('domains')) return;
    this.#below = below(this.domains);
  }

  override render() {
    const lines = this.lines(this.root, 0, null);
    const wanted = this.filter.trim().toLowerCase();
    const shown = wanted ? lines.filter(({ domain }) => domain.name.toLowerCase().includes(wanted)) : lines;
    const words = settingsWords();
    const touched = lines.filter((line) => this.isOut(line)).reduce((n, { domain }) => n + domain.classes, 0);
    return html`<fieldset>
      <legend>${words.excluded}</legend>
      ${
        lines.length === 0
          ? html`<p class="quiet">${words.noSubdomains}</p>`
          : html`<p class="quiet small">${words.excludedHint}</p>
              ${lines.length > 8 ? this.search() : nothing}
              <ul>
                ${shown.map((line) => this.line(line))}
              </ul>
              ${touched > 0 ? html`<p class="small">${words.touched(touched)}</p>` : nothing}`
      }
    </fieldset>`;
  }

  private search() {
    const typed = (e: Event) => (this.filter = (e.target as HTMLInputElement).value);
    return html`<label
      >${settingsWords().findDomain}<br /><input type="search" .value=${this.filter} @input=${typed}
    /></label>`;
  }

  private lines(parent: string, depth: number, through: string | null): Line[] {
    return (this.#below.get(parent) ?? []).flatMap((domain) => {
      const line = { domain, depth, through, fromAbove: this.excludedAbove.has(domain.domainId) };
      const below = through ?? (this.isOut(line) ? domain.name : null);
      return [line, ...this.lines(domain.domainId, depth + 1, below)];
    });
  }

  private isOut({ domain, through, fromAbove }: Line): boolean {
    return through !== null || fromAbove || this.excluded.includes(domain.domainId);
  }

  private line(line: Line) {
    const { domain, depth, through, fromAbove } = line;
    const words = settingsWords();
    const why = through === null ? (fromAbove ? words.excludedAbove : null) : words.withAbove(through);
    return html`<li>
      <label class="line d${Math.min(depth, 3)}">
        <input
          type="checkbox"
          .checked=${this.isOut(line)}
          ?disabled=${why !== null}
          @change=${(e: Event) => this.toggle(domain.domainId, (e.target as HTMLInputElement).checked)}
        />
        <span>
          ${domain.name} <span class="quiet small">${consoleWords().classes(this.inside(domain))}</span>
          ${why === null ? nothing : html`<span class="quiet small">${why}</span>`}
        </span>
      </label>
    </li>`;
  }

  /** with all that lies below it */
  private inside({ domainId, classes }: DomainLine): number {
    return (this.#below.get(domainId) ?? []).reduce((n, domain) => n + this.inside(domain), classes);
  }

  private toggle(domainId: string, on: boolean): void {
    const others = this.excluded.filter((id) => id !== domainId);
    this.dispatchEvent(new CustomEvent('change-excluded', { detail: on ? [...others, domainId] : others }));
  }
}
customElements.define('excluded-domains', ExcludedDomains);
