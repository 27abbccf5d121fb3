-- On tables that may be long: while these are built, writes to them wait, and to no other table.
CREATE INDEX "sync_schedule_run" ON "sync"("schedule_run_id") WHERE "schedule_run_id" IS NOT NULL;
CREATE INDEX "sync_schedule_run_processing" ON "sync"("schedule_run_id") WHERE "schedule_run_id" IS NOT NULL AND "status" = 'processing';
CREATE INDEX "deletion_sync_id" ON "deletion"("sync_id") WHERE sync_id IS NOT NULL;
