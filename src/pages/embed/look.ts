/** How the buttons look in somebody else's page: small, in its font and colours, and to be changed by variables. */
const look = `
  :host {
    display: inline-block;
    font: inherit;
    line-height: 1.4;
    max-width: 100%;
  }
  :host([hidden]) {
    display: none;
  }
  button {
    align-items: center;
    border-radius: var(--sync-grades-radius, 0.4rem);
    box-sizing: border-box;
    cursor: pointer;
    display: inline-flex;
    font: inherit;
    gap: 0.5rem;
    max-width: 100%;
    min-height: 2.5rem;
    text-align: start;
  }
  button:focus-visible {
    /* two rings: one of them is seen on whatever the page has behind */
    box-shadow: 0 0 0 2px #fff;
    outline: 3px solid var(--sync-grades-focus, #1a56b0);
    outline-offset: 2px;
  }
  .main {
    background: var(--sync-grades-background, #1a56b0);
    border: 1px solid transparent;
    color: var(--sync-grades-color, #fff);
    font-weight: 600;
    padding: 0.4rem 0.9rem;
  }
  .main:hover {
    filter: brightness(0.85);
  }
  .main[aria-disabled] {
    background: var(--sync-grades-background-disabled, #5b6470);
    cursor: default;
    filter: none;
  }
  .second {
    background: none;
    border: 1px solid;
    color: inherit;
  }
  .badge {
    background: var(--sync-grades-color, #fff);
    border-radius: 1rem;
    color: var(--sync-grades-background, #1a56b0);
    font-size: 0.85em;
    padding: 0 0.55rem;
    white-space: nowrap;
  }
  .below {
    align-items: center;
    column-gap: 0.5rem;
    display: flex;
    flex-wrap: wrap;
    font-size: 0.875em;
    margin: 0.35rem 0 0;
    max-width: 26rem;
    min-height: 1.4em;
  }
  .more {
    background: none;
    border: 0;
    color: inherit;
    font-weight: 600;
    padding: 0.2rem;
    text-decoration: underline;
  }
  .dot {
    background: var(--sync-grades-problem, #d83a34);
    border-radius: 50%;
    flex: none;
    height: 0.7em;
    width: 0.7em;
  }
  .spin {
    animation: spin 1s linear infinite;
    border: 2px solid;
    border-inline-start-color: transparent;
    border-radius: 50%;
    flex: none;
    height: 0.8em;
    width: 0.8em;
  }
  @keyframes spin {
    to {
      transform: rotate(360deg);
    }
  }
  @media (prefers-reduced-motion: reduce) {
    .spin {
      animation: none;
    }
  }
  .hidden {
    clip-path: inset(50%);
    height: 1px;
    overflow: hidden;
    position: absolute;
    white-space: nowrap;
    width: 1px;
  }
  .box {
    position: relative;
  }
`;

let made: CSSStyleSheet | undefined;
/** One for all of them; the page's content security policy has nothing against it, as it would against a style element. */
export function sheet(): CSSStyleSheet {
  if (!made) {
    made = new CSSStyleSheet();
    made.replaceSync(look);
  }
  return made;
}
