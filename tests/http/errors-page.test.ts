import { dictionary, errorCodes } from '../../src/gradebook/dictionary.ts';
import { problemCodes, problemText, problemType } from '../../src/http/problem-texts.ts';
import { edge } from './edge.ts';

test('the type of every problem leads to its code on the page of errors, wherever we run', async () => {
  const { as, anonymous } = edge();
  const answer = await as('lms-key').get('/v1/nowhere');
  const type = new URL(answer.body.type, 'https://anywhere.example/v1/nowhere');
  expect([type.pathname, type.hash]).toEqual(['/docs/errors', '#NOT_FOUND']);
  const { text } = await anonymous.get(type.pathname);
  for (const code of problemCodes) {
    expect(new URL(problemType(code), type).hash).toBe(`#${code}`);
    expect(text.split(`id="${code}"`)).toHaveLength(2);
  }
  for (const code of errorCodes) expect(text.split(`id="${code}"`)).toHaveLength(2);
});

test('the page is read by anybody, asks nobody else for anything, and obeys the policy', async () => {
  const { anonymous } = edge();
  const page = await anonymous.get('/docs/errors');
  expect(page.status).toBe(200);
  expect(page.headers['content-type']).toMatch(/^text\/html/);
  expect(page.headers['content-security-policy']).not.toContain('unsafe');
  expect(page.text).not.toMatch(/<script|<style|style=|https?:\/\/|\son\w+=/);
  const [, sheet] = /<link rel="stylesheet" href="([^"]+)">/.exec(page.text) ?? [];
  const style = await anonymous.get(new URL(sheet ?? '', 'http://host/docs/errors').pathname);
  expect([style.status, style.headers['content-type']]).toEqual([200, 'text/css; charset=utf-8']);
  expect((await anonymous.post('/docs/errors')).status).toBe(405);
});

test('texts are text: signs of HTML in them are shown, not obeyed', async () => {
  const { text } = await edge().anonymous.get('/docs/errors');
  expect(text).toContain('<code>Authorization: Bearer</code>');
  expect(text.match(/<[a-z]+[^>]*>/g)?.length).toBe(text.match(/<(?!\/|!)/g)?.length);
});

test('a reason that is also a refusal has one text', () => {
  expect(problemText('PASSBACK_OFF')).toEqual({
    title: 'Sending grades to the SIS is switched off',
    means: dictionary.PASSBACK_OFF.means,
    cure: dictionary.PASSBACK_OFF.fix,
  });
});
