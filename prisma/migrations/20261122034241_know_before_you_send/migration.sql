-- AlterTable
ALTER TABLE "class" ADD COLUMN     "category_titles" JSONB NOT NULL DEFAULT '{}',
ADD COLUMN     "conflict_policy" TEXT,
ADD COLUMN     "read_at" TIMESTAMPTZ(3),
ADD COLUMN     "read_due" TIMESTAMPTZ(3),
ADD COLUMN     "sis_students" JSONB,
ADD COLUMN     "sis_students_read_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "connection" ADD COLUMN     "capabilities" JSONB NOT NULL DEFAULT '{}',
ADD COLUMN     "version_chosen" TEXT;

-- AlterTable
ALTER TABLE "line_item" ADD COLUMN     "seen" JSONB,
ADD COLUMN     "seen_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "result" ADD COLUMN     "seen" JSONB,
ADD COLUMN     "seen_at" TIMESTAMPTZ(3);


-- AlterTable
ALTER TABLE "line_item" ADD COLUMN     "attempt_log" JSONB NOT NULL DEFAULT '[]',
ADD COLUMN     "restored" JSONB;

-- AlterTable
ALTER TABLE "result" ADD COLUMN     "attempt_log" JSONB NOT NULL DEFAULT '[]',
ADD COLUMN     "restored" JSONB;

-- AlterTable
ALTER TABLE "sync" ADD COLUMN     "request" JSONB;

-- CreateTable
CREATE TABLE "snapshot" (
    "id" UUID NOT NULL,
    "class_id" BIGINT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "snapshot_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "snapshot_cell" (
    "snapshot_id" UUID NOT NULL,
    "line_item_key" TEXT NOT NULL,
    "student_key" TEXT NOT NULL,
    "sourced_id" TEXT,
    "held" JSONB,
    "version" INTEGER NOT NULL,

    CONSTRAINT "snapshot_cell_pkey" PRIMARY KEY ("snapshot_id","line_item_key","student_key")
);

-- CreateTable
CREATE TABLE "deletion" (
    "id" BIGSERIAL NOT NULL,
    "class_id" BIGINT NOT NULL,
    "kind" TEXT NOT NULL,
    "line_item_key" TEXT NOT NULL,
    "student_key" TEXT NOT NULL DEFAULT '',
    "title" TEXT NOT NULL,
    "with_line_item" BOOLEAN NOT NULL DEFAULT false,
    "sourced_id" TEXT NOT NULL,
    "linked_to" TEXT,
    "acked_hash" TEXT,
    "acked" JSONB,
    "acked_at" TIMESTAMPTZ(3),
    "state" TEXT NOT NULL,
    "released" BOOLEAN NOT NULL DEFAULT false,
    "next_attempt_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "failing_since" TIMESTAMPTZ(3),
    "sending_epoch" BIGINT,
    "sent_at" TIMESTAMPTZ(3),
    "last_reason" JSONB,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "done_at" TIMESTAMPTZ(3),
    "done_by" TEXT,

    CONSTRAINT "deletion_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "snapshot_class_id_at_idx" ON "snapshot"("class_id", "at");

-- CreateIndex
CREATE INDEX "snapshot_at_idx" ON "snapshot"("at");

-- CreateIndex
CREATE INDEX "deletion_class_id_line_item_key_idx" ON "deletion"("class_id", "line_item_key");

-- AddForeignKey
ALTER TABLE "snapshot" ADD CONSTRAINT "snapshot_id_fkey" FOREIGN KEY ("id") REFERENCES "sync"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "snapshot_cell" ADD CONSTRAINT "snapshot_cell_snapshot_id_fkey" FOREIGN KEY ("snapshot_id") REFERENCES "snapshot"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "deletion" ADD CONSTRAINT "deletion_class_id_fkey" FOREIGN KEY ("class_id") REFERENCES "class"("id") ON DELETE CASCADE ON UPDATE CASCADE;


-- By hand: what is to be deleted in the SIS, the earliest first; empty where nothing was
CREATE INDEX "deletion_due" ON "deletion" ("next_attempt_at") WHERE "state" IN ('planned', 'withdrawn');

-- AlterTable
ALTER TABLE "sync" ADD COLUMN     "reading" JSONB,
ADD COLUMN     "reading_due" TIMESTAMPTZ(3);

-- partial, and empty at first: classes that are to be read, and syncs that wait for it
CREATE INDEX class_read_due ON "class" (domain_id) WHERE read_due IS NOT NULL;
CREATE INDEX sync_reading_due ON "sync" (class_id) WHERE reading_due IS NOT NULL;

-- AlterTable
ALTER TABLE "class" ADD COLUMN     "sis_line_items" JSONB,
ADD COLUMN     "sis_line_items_read_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "line_item" ADD COLUMN     "hand_linked" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "class" ADD COLUMN     "send_confirmed" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "domain" ADD COLUMN     "confirm_first" BOOLEAN NOT NULL DEFAULT false;
CREATE INDEX sync_unconfirmed ON "sync" (started_at) WHERE status = 'awaitingConfirmation';
