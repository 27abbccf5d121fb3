/** The three parts of the page, as tabs: arrow keys go between them (ARIA Authoring Practices, "Tabs"). */
import { css, html } from 'lit';
import { teacherWords } from '../messages/teacher.ts';

export const tabNames = ['assignments', 'log', 'settings'] as const;
export type Tab = (typeof tabNames)[number];

export const tabsLook = css`
  .tabs {
    border-bottom: 1px solid var(--line);
    display: flex;
    gap: 0.25rem;
    overflow-x: auto;
  }
  .tabs button {
    background: none;
    border: 0;
    border-bottom: 3px solid transparent;
    border-radius: 8px 8px 0 0;
    color: var(--quiet);
    white-space: nowrap;
  }
  .tabs button[aria-selected='true'] {
    border-bottom-color: var(--accent);
    color: var(--text);
  }
  @media (max-width: 40rem) {
    .tabs button {
      padding-inline: 0.5rem;
    }
    .tabs {
      gap: 0;
    }
  }
  .tabs button:focus-visible {
    outline-offset: -3px;
  }
`;

export function tabList(chosen: Tab, choose: (tab: Tab) => void) {
  const words = teacherWords();
  const key = (event: KeyboardEvent, at: number) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const to = event.key === 'Home' ? 0 : event.key === 'End' ? tabNames.length - 1 : null;
    if (step === undefined && to === null) return;
    event.preventDefault();
    const next = to ?? (at + (step ?? 0) + tabNames.length) % tabNames.length;
    const list = (event.currentTarget as HTMLElement).parentElement;
    list?.querySelectorAll<HTMLElement>('[role=tab]')[next]?.focus();
    choose(tabNames[next] ?? 'assignments');
  };
  return html`<div class="tabs" role="tablist" aria-label=${words.title}>
    ${tabNames.map(
      (tab, at) =>
        html`<button
          role="tab"
          id=${`tab-${tab}`}
          aria-selected=${tab === chosen}
          aria-controls="panel"
          tabindex=${tab === chosen ? 0 : -1}
          @click=${() => choose(tab)}
          @keydown=${(event: KeyboardEvent) => key(event, at)}
        >
          ${words.tabs[tab]}
        </button>`,
    )}
  </div>`;
}
