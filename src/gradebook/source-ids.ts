/**
 * Deterministic sourcedIds: the same lineItem or result of an SIS always gets the same id, so that a repeated PUT is
 * harmless even if we forgot that we sent it. Changing anything here makes duplicates in every SIS.
 */
import { v5 } from 'uuid';

/** The namespace of this product's ids; fixed for ever. */
const NAMESPACE = '6f1d2c0e-8a57-5b4e-9c3a-0d6b7e4f2a91';

/** sourcedId of a lineItem in one class of the SIS: from the LMS's own ids and that of the SIS class. */
export function lineItemSourcedId(
  tenantKey: string,
  classKey: string,
  lineItemKey: string,
  classSourcedId: string,
): string {
  return idOf(['lineItem', tenantKey, classKey, lineItemKey, classSourcedId]);
}

/**
 * sourcedId of the one result that a student of the SIS has for a lineItem of the SIS. The LMS's id of the student is
 * no part of it: when two were mixed up and are set right, each one's score goes over the other's.
 */
export function resultSourcedId(lineItemSourcedId: string, studentSourcedId: string): string {
  return idOf(['result', lineItemSourcedId, studentSourcedId]);
}

/** JSON of the parts is injective: a separator inside an id is quoted, so ("a","b/c") is not ("a/b","c"). */
function idOf(parts: string[]): string {
  return v5(JSON.stringify(parts), NAMESPACE);
}
