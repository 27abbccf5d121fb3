/** What a real SIS checks of a category. */
import type { Records } from './records.ts';
import type { Category } from './schemas.ts';
import { invalidData } from './status-info.ts';
import type { Refusal } from './status-info.ts';

export function refuseCategory(records: Records, category: Category): Refusal | undefined {
  const namesake = records.list('categories').find((c) => c.title === category.title && !c.classSourcedIds);
  return namesake && namesake.sourcedId !== category.sourcedId
    ? invalidData('a category with this title exists already')
    : undefined;
}

/** An SIS does not lose a category under the assignments that count by it. */
export function refuseCategoryDelete(records: Records, id: string): Refusal | undefined {
  const used = records.list('lineItems').some((item) => item.category.sourcedId === id);
  return used ? { status: 422, codeMinor: 'deletefailure', description: 'category is in use' } : undefined;
}
