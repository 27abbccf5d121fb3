/** LineItems that the SIS has already. */
import type { Scope } from './callers.ts';

export interface SisLineItemsView {
  readAt: string;
  items: { sourcedId: string; title: string; sameTitle: string[] }[];
}

export interface Links {
  /** the SIS is asked through the lane what lineItems it has in this class */
  look(scope: Scope, classKey: string): Promise<void>;
  /** as they were seen last */
  sisLineItems(scope: Scope, classKey: string): Promise<SisLineItemsView>;
  /** null: none */
  link(
    scope: Scope,
    classKey: string,
    lineItemKey: string,
    sourcedId: string | null,
  ): Promise<{ sourcedId: string | null }>;
}
