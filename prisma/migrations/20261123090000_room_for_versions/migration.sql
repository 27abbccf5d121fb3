-- A score that changes is written anew where it stands if there is room on its page, and else elsewhere, with an entry in every
-- index. Whole lineItems change at once, and every score is written twice for being sent: room for one more version of each.
-- (Pages that are full stay so until they are written anew; the table is no larger for it, for it keeps fewer dead rows.)
ALTER TABLE "result" SET (fillfactor = 50);
