import { DAYS, type ScheduleEntry } from '../config/schema.js';
import { itemAt } from '@fr-stream/core';

const minutes = (clock: string): number => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3));

/** True when a local time lies in a schedule; an empty one is always. An entry past midnight belongs to its first day. */
export function isScheduled(schedule: readonly ScheduleEntry[], at: Date): boolean {
  if (schedule.length === 0) return true;
  const now = at.getHours() * 60 + at.getMinutes();
  const today = (at.getDay() + 6) % 7;
  const [day, before] = [itemAt(DAYS, today), itemAt(DAYS, (today + 6) % 7)];
  return schedule.some(({ days, from, to }) => {
    const [begin, end] = [minutes(from), minutes(to)];
    if (begin < end) return days.includes(day) && now >= begin && now < end;
    return (days.includes(day) && now >= begin) || (days.includes(before) && now < end);
  });
}
