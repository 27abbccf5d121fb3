/** The console's frame: ways on the left, the screen beside them; below each other where there is little room. */
import { css } from 'lit';

export const frameLook = css`
  main {
    max-width: 78rem;
  }
  .frame {
    display: grid;
    gap: 1.5rem;
    grid-template-columns: 12.5rem minmax(0, 1fr);
  }
  .frame > .stack {
    align-content: start;
  }
  .top {
    gap: 0.5rem 1.5rem;
  }
  .top .domain {
    display: grid;
    gap: 0.125rem;
    min-width: 0;
  }
  .top select {
    background: var(--card);
    border: 1px solid var(--edge);
    border-radius: 8px;
    color: inherit;
    font: inherit;
    max-width: 100%;
    min-height: 2.5rem;
    padding: 0.25rem 0.5rem;
  }
  h1:focus {
    outline: none;
  }
  .ways ul {
    display: grid;
    gap: 0.125rem;
    list-style: none;
    margin: 0;
    padding: 0;
  }
  .ways a {
    border-radius: 8px;
    color: inherit;
    display: block;
    min-height: 2.5rem;
    padding: 0.5rem 0.75rem;
    text-decoration: none;
  }
  .ways a:hover {
    background: var(--sunken);
  }
  .ways a[aria-current] {
    background: var(--busy-ground);
    color: var(--busy);
    font-weight: 600;
  }
  .ways .group {
    border-top: 1px solid var(--line);
    margin-top: 0.5rem;
    padding-top: 0.5rem;
  }
  .menu {
    display: none;
  }
  @media (max-width: 56rem) {
    .frame {
      gap: 1rem;
      grid-template-columns: minmax(0, 1fr);
    }
    .menu {
      display: inline-flex;
    }
    .ways:not(.open) ul {
      display: none;
    }
    .ways.open ul {
      background: var(--card);
      border: 1px solid var(--line);
      border-radius: 12px;
      margin-top: 0.5rem;
      padding: 0.5rem;
    }
  }
`;
