// Until when people are asked to take part, in words. A promise and a reminder: a closing decides, whatever clocks say.

import type { StepView } from '../bindings/StepView';
import { isDay } from './calendar';
import { count, say, words } from './words.svelte';

const DAY = 86_400_000;

/** The moment that `2026-12-06T18:00` is on the clocks of this device; nothing where it is none. */
export function momentOf(at: string): number | undefined {
  const found = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})$/u.exec(at);
  if (found === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0] = found.slice(1).map(Number);
  // What the calendar does not have would be another day here, and be refused by the node.
  if (!isDay(year, month, day) || hour > 23 || minute > 59) return undefined;
  return new Date(year, month - 1, day, hour, minute).getTime();
}

/** Whether the moment is over, and how many nights lie before it. */
export function left(at: string, now: number): { over: boolean; days: number } {
  const moment = momentOf(at) ?? Infinity;
  const midnight = (time: number): number => new Date(time).setHours(0, 0, 0, 0);
  // Rounded, as nights of an hour more or less are nights.
  return { over: moment <= now, days: Math.max(0, Math.round((midnight(moment) - midnight(now)) / DAY)) };
}

/** The day and time as people say it. */
export function untilSaid(at: string): string {
  const moment = momentOf(at);
  return moment === undefined ? at : words.appointment(moment);
}

/** How long there is still. */
export function leftSaid(at: string, now: number = Date.now()): string {
  const { over, days } = left(at, now);
  if (over) return say('until.over');
  return days === 0 ? say('until.today') : count('count.days_left', days);
}

/** Whether whoever closes is to think of it now: today, or past. */
export function isDue(at: string, now: number = Date.now()): boolean {
  return momentOf(at) !== undefined && left(at, now).days === 0;
}

/** The day and time of a signed act that says until when; its number is the minutes since midnight. */
export function momentSaid({ day, number }: Pick<StepView, 'day' | 'number'>): string {
  const two = (part: number): string => String(part).padStart(2, '0');
  const minutes = number ?? 0;
  return `${day ?? ''}T${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
