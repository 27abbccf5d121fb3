-- AlterTable
ALTER TABLE "class" ADD COLUMN     "conflict_policy" TEXT,
ADD COLUMN     "read_at" TIMESTAMPTZ(3),
ADD COLUMN     "sis_students" JSONB;

-- AlterTable
ALTER TABLE "connection" ADD COLUMN     "capabilities" JSONB NOT NULL DEFAULT '{}';

-- AlterTable
ALTER TABLE "line_item" ADD COLUMN     "seen" JSONB,
ADD COLUMN     "seen_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "result" ADD COLUMN     "seen" JSONB,
ADD COLUMN     "seen_at" TIMESTAMPTZ(3);

