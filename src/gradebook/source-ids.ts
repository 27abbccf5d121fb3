/**
 * Deterministic sourcedIds: the same lineItem or result always gets the same id, so that a repeated PUT is
 * harmless even if we forgot that we sent it. Changing anything here makes duplicates in every SIS.
 */
import { v5 } from 'uuid';

/** The namespace of this product's ids; fixed for ever. */
const NAMESPACE = '6f1d2c0e-8a57-5b4e-9c3a-0d6b7e4f2a91';

/** sourcedId of a lineItem, from the LMS's own ids. */
export function lineItemSourcedId(tenantKey: string, classKey: string, lineItemKey: string): string {
  return idOf(['lineItem', tenantKey, classKey, lineItemKey]);
}

/** sourcedId of one student's result, from the LMS's own ids. */
export function resultSourcedId(
  tenantKey: string,
  classKey: string,
  lineItemKey: string,
  studentKey: string,
): string {
  return idOf(['result', tenantKey, classKey, lineItemKey, studentKey]);
}

/** JSON of the parts is injective: a separator inside an id is quoted, so ("a","b/c") is not ("a/b","c"). */
function idOf(parts: string[]): string {
  return v5(JSON.stringify(parts), NAMESPACE);
}
