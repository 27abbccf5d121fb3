-- AlterTable
ALTER TABLE "idempotency_key" ADD COLUMN     "answer" JSONB,
ADD COLUMN     "status" INTEGER,
ADD COLUMN     "tenant_id" BIGINT,
ALTER COLUMN "sync_id" DROP NOT NULL;

-- AlterTable
ALTER TABLE "lane" ADD COLUMN     "breaker" JSONB NOT NULL DEFAULT '{}';

-- AlterTable
ALTER TABLE "line_item" ADD COLUMN     "failing_since" TIMESTAMPTZ(3),
ADD COLUMN     "linked_to" TEXT,
ADD COLUMN     "found" JSONB,
ADD COLUMN     "found_at" TIMESTAMPTZ(3),
ADD COLUMN     "tried" JSONB NOT NULL DEFAULT '[]',
ADD COLUMN     "verified_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "result" ADD COLUMN     "failing_since" TIMESTAMPTZ(3),
ADD COLUMN     "linked_to" TEXT,
ADD COLUMN     "found" JSONB,
ADD COLUMN     "found_at" TIMESTAMPTZ(3),
ADD COLUMN     "tried" JSONB NOT NULL DEFAULT '[]',
ADD COLUMN     "verified_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "student" ADD COLUMN     "custom_id_shared" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "sourced_id_shared" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "sync" ADD COLUMN     "planned" JSONB;

-- CreateTable
CREATE TABLE "audit" (
    "id" BIGSERIAL NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "tenant_id" BIGINT,
    "domain_id" BIGINT,
    "actor" TEXT NOT NULL,
    "actor_kind" TEXT NOT NULL,
    "key_id" UUID,
    "action" TEXT NOT NULL,
    "subject" JSONB NOT NULL DEFAULT '{}',
    "detail" JSONB NOT NULL DEFAULT '{}',
    "request_id" TEXT,
    "address" TEXT,

    CONSTRAINT "audit_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "audit_tenant_id_id_idx" ON "audit"("tenant_id", "id");

-- CreateIndex
CREATE INDEX "audit_at_idx" ON "audit"("at");


-- CreateIndex
CREATE INDEX "sync_started_at_idx" ON "sync"("started_at");

-- By hand, for Prisma cannot say it:

-- which lineItems are to be read back, of one domain, the earliest first
CREATE INDEX "line_item_verify" ON "line_item" ("domain_id", "verify_at") WHERE "verify_at" IS NOT NULL;

-- the trail can be added to, and cut off at its old end by the retention alone
CREATE FUNCTION "audit_is_append_only"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND current_setting('passback.retention', true) = 'on' THEN RETURN OLD; END IF;
  RAISE EXCEPTION 'the audit trail is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER "audit_append_only" BEFORE UPDATE OR DELETE ON "audit" FOR EACH ROW EXECUTE FUNCTION "audit_is_append_only"();
CREATE TRIGGER "audit_no_truncate" BEFORE TRUNCATE ON "audit" FOR EACH STATEMENT EXECUTE FUNCTION "audit_is_append_only"();
