/** How the settings form looks. */
import { css } from 'lit';

export const formLook = css`
  .field {
    display: grid;
    gap: 0.25rem;
    max-width: 36rem;
  }
  .field label,
  legend,
  .name {
    font-weight: 600;
  }
  input:not([type='radio'], [type='checkbox']),
  textarea,
  select {
    background: var(--card);
    border: 1px solid var(--edge);
    border-radius: 8px;
    color: inherit;
    font: inherit;
    min-height: 2.625rem;
    min-width: 0;
    padding: 0.4375rem 0.75rem;
    width: 100%;
  }
  ::placeholder {
    color: var(--quiet);
    opacity: 1;
  }
  [aria-invalid='true'] {
    border-color: var(--bad) !important;
    outline: 1px solid var(--bad);
  }
  #gatherSeconds {
    max-width: 8rem;
  }
  .error {
    color: var(--bad);
    font-size: 0.875rem;
    font-weight: 500;
  }
  fieldset {
    border: 0;
    margin: 0;
    min-width: 0;
    padding: 0;
  }
  legend {
    padding: 0;
  }
  .choice {
    align-items: center;
    display: inline-flex;
    gap: 0.5rem;
    margin-inline-end: 1rem;
    min-height: 2.5rem;
  }
  .choice input {
    accent-color: var(--accent);
    height: 1.25rem;
    margin: 0;
    width: 1.25rem;
  }
  .switch-line {
    align-items: flex-start;
    display: flex;
    gap: 1rem;
    justify-content: space-between;
    max-width: 44rem;
  }
  .switch-line > div {
    min-width: 0;
  }
  .bar {
    bottom: 0.75rem;
    display: grid;
    gap: 0.75rem;
    padding-block: 0.875rem;
    position: sticky;
    z-index: 1;
  }
  /* What gets the focus is scrolled to where the bar does not lie over it. */
  input,
  textarea,
  select,
  summary,
  .switch {
    scroll-margin-bottom: 8rem;
  }
  /* On a low screen, or at 400 % zoom, a sticky bar would hide what is being typed. */
  @media (max-height: 30rem), (max-width: 24rem) {
    .bar {
      position: static;
    }
  }
  .steps ol {
    display: grid;
    gap: 0.625rem;
    list-style: none;
    margin: 0.75rem 0 1rem;
    padding: 0;
  }
  .steps li {
    align-items: flex-start;
    display: grid;
    gap: 0.25rem 0.875rem;
    grid-template-columns: 8.5rem minmax(0, 1fr);
    overflow-wrap: anywhere;
  }
  .steps .pill {
    justify-self: start;
  }
  @media (max-width: 30rem) {
    .steps li {
      grid-template-columns: minmax(0, 1fr);
    }
  }
`;
