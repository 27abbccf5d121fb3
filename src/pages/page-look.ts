/** The frame of a whole page and its switches, for the elements that need them. */
import { css } from 'lit';

export const pageLook = css`
  main {
    margin: 0 auto;
    max-width: 68rem;
    padding: 1.75rem 1rem 4rem;
  }
  .languages {
    justify-content: flex-end;
  }
  @media (max-width: 40rem) {
    main {
      padding-top: 1rem;
    }
  }
`;

export const switchLook = css`
  .switch {
    background: none;
    border: 0;
    font-weight: 600;
    gap: 0.5rem;
    justify-content: flex-start;
    min-width: 5.25rem;
    padding: 0.25rem 0;
    position: relative;
  }
  .switch:hover {
    background: none;
  }
  .track {
    background: var(--edge);
    border-radius: 999px;
    flex: none;
    height: 1.375rem;
    position: relative;
    width: 2.5rem;
  }
  .track::after {
    background: var(--card);
    border-radius: 50%;
    content: '';
    height: 1rem;
    inset-inline-start: 0.1875rem;
    position: absolute;
    top: 0.1875rem;
    width: 1rem;
  }
  [aria-checked='true'] .track {
    background: var(--accent);
  }
  [aria-checked='true'] .track::after {
    inset-inline-start: 1.3125rem;
  }
  @media (forced-colors: active) {
    .track {
      border: 1px solid ButtonText;
    }
    .track::after {
      background: ButtonText;
    }
  }
`;
