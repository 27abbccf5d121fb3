/** Unmistakable values, and a search for them in every form in which something may come to light. */

export interface Hit {
  canary: string;
  form: string;
}

/** Where a text holds one of the canaries: as it is, in base64, hex, percent-encoded or with \u escapes. */
export function canariesIn(text: string, canaries: readonly string[]): Hit[] {
  const lower = text.toLowerCase();
  return canaries.flatMap((canary) =>
    Object.entries(formsOf(canary))
      .filter(([form, spellings]) =>
        spellings.some((s) => (form === 'base64' ? text.includes(s) : lower.includes(s.toLowerCase()))),
      )
      .map(([form]) => ({ canary, form })),
  );
}

function formsOf(canary: string): Record<string, string[]> {
  const bytes = Buffer.from(canary);
  const escaped = [...canary].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
  const percent = [...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
  return {
    raw: [canary, JSON.stringify(canary).slice(1, -1)],
    base64: [0, 1, 2].flatMap((offset) => {
      const spelt = inBase64(bytes, offset);
      return [spelt, spelt.replaceAll('+', '-').replaceAll('/', '_')];
    }),
    hex: [bytes.toString('hex')],
    url: [percent, encodeURIComponent(canary), new URLSearchParams({ '': canary }).toString().slice(1)],
    escaped: [escaped],
  };
}

/** What base64 makes of it wherever it begins within a longer text: without the characters that neighbours share. */
function inBase64(bytes: Buffer, offset: number): string {
  const text = Buffer.concat([Buffer.alloc(offset), bytes])
    .toString('base64')
    .replaceAll('=', '');
  const shared = (offset + bytes.length) % 3 === 0 ? 0 : 1;
  return text.slice(offset === 0 ? 0 : offset + 1, text.length - shared);
}
