import { createProgress } from '../../src/cli/progress.ts';
import { table } from '../../src/cli/table.ts';

test('columns are as wide as what stands in them, and nothing trails', () => {
  expect(
    table(
      ['ID', 'NAME'],
      [
        ['district-1', 'Éva'],
        ['d', null],
      ],
    ),
  ).toEqual(['ID          NAME', 'district-1  Éva', 'd           –']);
});

test('a name cannot move the cursor of whoever reads it', () => {
  const [, line] = table(['NAME'], [['\u001b[2JGone\r\nnow\u202e']]);
  expect(line).toBe(' [2JGone  now');
});

describe('a line of progress', () => {
  const written = (columns: number | null) => {
    let text = '';
    const progress = createProgress((more) => void (text += more), columns);
    progress.show(0, 4, 'reading the SIS');
    progress.show(2, 4, '');
    progress.show(2, 4, '');
    progress.clear();
    return text;
  };

  test('is written over, only when it changes, and is gone at the end', () => {
    expect(written(60)).toBe(
      `\r[${'-'.repeat(24)}] 0/4 reading the SIS\u001b[K\r[${'#'.repeat(12)}${'-'.repeat(12)}] 2/4\u001b[K\r\u001b[K`,
    );
  });

  test('is never longer than the terminal', () => {
    for (const line of written(30).split('\r')) expect(line.replace('\u001b[K', '').length).toBeLessThan(30);
  });

  test('is not shown where there is no terminal', () => {
    expect(written(null)).toBe('');
  });
});
