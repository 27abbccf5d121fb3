/** The screens of the console, each loaded when it is first looked at, so that the first one is there at once. */
import type { TemplateResult } from 'lit';
import type { Console, ScreenName } from './console.ts';

/** What a screen's file exports: itself, drawn for the console as it is now. */
export type View = (console: Console, params: URLSearchParams) => TemplateResult;

export const screens: Record<ScreenName, () => Promise<{ view: View }>> = {
  overview: () => import('./overview-screen.ts'),
  settings: () => import('./settings-screen.ts'),
  schedules: () => import('./schedules-screen.ts'),
  history: () => import('./history-screen.ts'),
  problems: () => import('./problems-screen.ts'),
  drift: () => import('./drift-screen.ts'),
  classes: () => import('./classes-screen.ts'),
  categories: () => import('./categories-screen.ts'),
  ids: () => import('./ids-screen.ts'),
  roster: () => import('./roster-screen.ts'),
  keys: () => import('./keys-screen.ts'),
  webhooks: () => import('./webhooks-screen.ts'),
  lti: () => import('./lti-screen.ts'),
  signin: () => import('./sign-in-screen.ts'),
  activity: () => import('./activity-screen.ts'),
};

export const screenNames = Object.keys(screens) as ScreenName[];
export const isScreen = (name: string): name is ScreenName => Object.hasOwn(screens, name);
