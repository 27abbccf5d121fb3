/** A file of the API, which wants the token: read here, then handed to the browser to be kept. */
import type { Api } from '../api.ts';

export async function download(api: Api, where: string, name: string): Promise<void> {
  const url = URL.createObjectURL(await api.file(where));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // the browser has begun to keep it by then
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
