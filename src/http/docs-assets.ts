/** The style of the page of the API, and the few lines that filter it; both are files for the browser. */

export const style = `:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif;
  --line: light-dark(#d0d4da, #444b55); --quiet: light-dark(#555e6a, #a9b2bd); --panel: light-dark(#f5f6f8, #1d2126);
  --link: light-dark(#0b57b5, #8ab8ff); --write: light-dark(#8a3d00, #ffb37a); --gone: light-dark(#a3152b, #ff9aa6); }
* { box-sizing: border-box; }
body { margin: 0; overflow-wrap: anywhere; }
a { color: var(--link); }
code, pre { font-family: ui-monospace, monospace; font-size: 0.9em; }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: 0.5rem; top: 0.5rem; padding: 0.5rem; background: Canvas; }
header, nav, main { padding: 0 1rem; }
h1 { margin: 1rem 0 0; font-size: 1.6rem; }
h2 { margin: 3rem 0 0; border-bottom: 1px solid var(--line); }
h3 { margin: 0; font-size: 1.05rem; }
h3 a { color: inherit; text-decoration: none; }
h3 a:hover, h3 a:focus-visible { text-decoration: underline; }
h4 { margin: 1rem 0 0.25rem; font-size: 0.95rem; }
p { margin: 0.25rem 0; }
main { max-width: 60rem; padding-bottom: 6rem; }
main:focus { outline: none; }
article { margin: 1.5rem 0; padding: 1rem; background: var(--panel); border: 1px solid var(--line); border-radius: 0.4rem; scroll-margin-top: 0.5rem; }
article:target { outline: 2px solid var(--link); }
.method { font: 700 0.8em ui-monospace, monospace; color: var(--link); }
.method.put, .method.post { color: var(--write); }
.method.delete { color: var(--gone); }
.kind, .limits { color: var(--quiet); }
.limits { font-size: 0.9em; }
.name { font-weight: 600; }
.need { font-size: 0.8em; }
.fields { margin: 0.25rem 0; padding-left: 0; list-style: none; }
.fields .fields { margin-left: 0.25rem; padding-left: 0.75rem; border-left: 2px solid var(--line); }
.fields li { padding: 0.25rem 0; }
.or { color: var(--quiet); font-style: italic; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 0.25rem 1rem; margin: 0; }
dt { font-weight: 600; }
dd { margin: 0; }
details { margin-top: 0.75rem; }
summary { cursor: pointer; }
pre { margin: 0.5rem 0 0; padding: 0.75rem; overflow-x: auto; background: Canvas; border: 1px solid var(--line); }
nav ul { padding-left: 0; list-style: none; }
nav > ul > li { margin: 0.25rem 0; }
nav > ul > li > a { display: inline-block; min-height: 1.5rem; }
nav ul ul { display: none; }
input { font: inherit; width: 100%; padding: 0.3rem; }
[hidden] { display: none !important; }
@media (min-width: 62rem) {
  body { display: grid; grid-template: auto 1fr / 22rem minmax(0, 1fr); }
  header { grid-column: 1 / 3; border-bottom: 1px solid var(--line); padding-bottom: 0.75rem; }
  nav { position: sticky; top: 0; height: 100vh; overflow-y: auto; padding-top: 1rem; border-right: 1px solid var(--line); }
  nav ul ul { display: block; padding-left: 0.5rem; font-size: 0.85rem; }
  nav ul ul a { text-decoration: none; }
  nav ul ul a:hover, nav ul ul a:focus-visible { text-decoration: underline; }
  main { padding-left: 2rem; }
}
@media print { nav, .skip { display: none; } }
`;

/** Without it everything is there to be read; with it, what does not hold every word that was typed is hidden. */
export const filterScript = `const box = document.querySelector('search');
const input = document.querySelector('#filter');
const found = document.querySelector('#found');
const operations = [...document.querySelectorAll('article.operation')].map((article) => ({
  article,
  entry: document.querySelector('nav a[href="#' + article.id + '"]').parentElement,
  text: article.textContent.toLowerCase() + ' ' + article.id.toLowerCase(),
}));
const sections = [...document.querySelectorAll('main section')].filter((section) => section.querySelector('.operation'));
box.hidden = false;
input.addEventListener('input', () => {
  const words = input.value.toLowerCase().split(/\\s+/);
  let shown = 0;
  for (const { article, entry, text } of operations) {
    const fits = words.every((word) => text.includes(word));
    article.hidden = entry.hidden = !fits;
    if (fits) shown += 1;
  }
  for (const section of sections) section.hidden = !section.querySelector('.operation:not([hidden])');
  found.textContent = input.value.trim() === '' ? '' : shown + ' of ' + operations.length + ' operations';
});
// what a link leads to is shown, even if it was filtered away
addEventListener('hashchange', () => {
  const target = document.getElementById(location.hash.slice(1));
  if (!target || !target.closest('[hidden]')) return;
  input.value = '';
  input.dispatchEvent(new Event('input'));
  target.scrollIntoView();
});
`;
