-- CreateTable
CREATE TABLE "domain" (
    "id" BIGSERIAL NOT NULL,
    "tenant_id" BIGINT NOT NULL,
    "key" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "parent_id" BIGINT,
    "path" BIGINT[],
    "time_zone" TEXT,
    "settings" JSONB NOT NULL DEFAULT '{}',
    "settings_revision" INTEGER NOT NULL DEFAULT 0,
    "mapping" JSONB,
    "paused_at" TIMESTAMPTZ(3),
    "paused_by" TEXT,
    "connection_id" BIGINT,
    "effective" JSONB NOT NULL DEFAULT '{}',
    "sending" TEXT NOT NULL DEFAULT 'noConnection',
    "auto_sync" BOOLEAN NOT NULL DEFAULT false,
    "gather_seconds" DOUBLE PRECISION NOT NULL DEFAULT 10,
    "effective_time_zone" TEXT NOT NULL DEFAULT 'UTC',
    "effective_mapping" JSONB NOT NULL DEFAULT '{"map":{}}',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "domain_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "connection" (
    "id" BIGSERIAL NOT NULL,
    "domain_id" BIGINT NOT NULL,
    "revision" INTEGER NOT NULL DEFAULT 1,
    "base_url" TEXT NOT NULL,
    "rostering_url" TEXT,
    "one_roster_version" TEXT NOT NULL DEFAULT '1.2',
    "auth" JSONB NOT NULL,
    "secrets" JSONB NOT NULL DEFAULT '{}',
    "ca_certificates" TEXT,
    "learned" JSONB NOT NULL DEFAULT '{}',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "connection_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "lane" (
    "connection_id" BIGINT NOT NULL,
    "epoch" BIGINT NOT NULL DEFAULT 0,
    "owner" TEXT,
    "lease_until" TIMESTAMPTZ(3),
    "wake_at" TIMESTAMPTZ(3),
    "paused_until" TIMESTAMPTZ(3),
    "cause" TEXT,
    "cause_said" JSONB,
    "cause_since" TIMESTAMPTZ(3),
    "probes" INTEGER NOT NULL DEFAULT 0,
    "last_success_at" TIMESTAMPTZ(3),

    CONSTRAINT "lane_pkey" PRIMARY KEY ("connection_id")
);

-- CreateTable
CREATE TABLE "lane_request" (
    "id" UUID NOT NULL,
    "connection_id" BIGINT NOT NULL,
    "kind" TEXT NOT NULL,
    "class_id" BIGINT,
    "answer" JSONB,
    "answered_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "lane_request_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "api_key" (
    "id" UUID NOT NULL,
    "hash" BYTEA NOT NULL,
    "role" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "tenant_id" BIGINT,
    "domain_id" BIGINT,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_used_at" TIMESTAMPTZ(3),

    CONSTRAINT "api_key_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "user_token" (
    "hash" BYTEA NOT NULL,
    "kind" TEXT NOT NULL DEFAULT 'token',
    "key_id" UUID NOT NULL,
    "tenant_id" BIGINT NOT NULL,
    "domain_id" BIGINT NOT NULL,
    "role" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "display_name" TEXT NOT NULL,
    "class_keys" JSONB,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "user_token_pkey" PRIMARY KEY ("hash")
);

-- CreateTable
CREATE TABLE "class" (
    "id" BIGSERIAL NOT NULL,
    "tenant_id" BIGINT NOT NULL,
    "domain_id" BIGINT NOT NULL,
    "key" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "sourced_id" TEXT,
    "custom_id" TEXT,
    "school_sourced_id" TEXT,
    "read_school_sourced_id" TEXT,
    "sis_class_missing" BOOLEAN NOT NULL DEFAULT false,
    "published" BOOLEAN NOT NULL DEFAULT true,
    "time_zone" TEXT,
    "grading_periods" JSONB NOT NULL DEFAULT '[]',
    "categories" JSONB NOT NULL DEFAULT '[]',
    "mapping" JSONB NOT NULL DEFAULT '{"map":{}}',
    "auto_sync" TEXT NOT NULL DEFAULT 'inherit',
    "sis_categories" JSONB,
    "sis_categories_read_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "class_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "student" (
    "id" BIGSERIAL NOT NULL,
    "class_id" BIGINT NOT NULL,
    "key" TEXT NOT NULL,
    "sourced_id" TEXT,
    "custom_id" TEXT,
    "given_name" TEXT,
    "family_name" TEXT,
    "active" BOOLEAN NOT NULL DEFAULT true,

    CONSTRAINT "student_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "line_item" (
    "id" BIGSERIAL NOT NULL,
    "class_id" BIGINT NOT NULL,
    "domain_id" BIGINT NOT NULL,
    "key" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "description" TEXT,
    "category_key" TEXT,
    "assign_date" TIMESTAMPTZ(3),
    "due_date" TIMESTAMPTZ(3),
    "result_value_min" DECIMAL,
    "result_value_max" DECIMAL,
    "published" BOOLEAN NOT NULL DEFAULT true,
    "sync_to_sis" BOOLEAN NOT NULL DEFAULT true,
    "assigned_to" TEXT NOT NULL DEFAULT 'everyone',
    "due_date_varies" BOOLEAN NOT NULL DEFAULT false,
    "grading_period_sourced_id" TEXT,
    "overrides" JSONB NOT NULL DEFAULT '{}',
    "frozen_due_date" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "version" INTEGER NOT NULL DEFAULT 1,
    "version_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "dirty_n" INTEGER NOT NULL DEFAULT 1,
    "clean_n" INTEGER NOT NULL DEFAULT 0,
    "release_n" INTEGER NOT NULL DEFAULT 0,
    "priority" SMALLINT NOT NULL DEFAULT 1,
    "next_attempt_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "sending_epoch" BIGINT,
    "sourced_id" TEXT,
    "acked_version" INTEGER NOT NULL DEFAULT 0,
    "acked_hash" TEXT,
    "acked" JSONB,
    "acked_at" TIMESTAMPTZ(3),
    "verified_version" INTEGER NOT NULL DEFAULT 0,
    "verify_at" TIMESTAMPTZ(3),
    "repairs" SMALLINT NOT NULL DEFAULT 0,
    "parked_n" INTEGER,
    "last_reason" JSONB,
    "last_sent_at" TIMESTAMPTZ(3),
    "sync_id" UUID,

    CONSTRAINT "line_item_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "result" (
    "id" BIGSERIAL NOT NULL,
    "line_item_id" BIGINT NOT NULL,
    "student_id" BIGINT NOT NULL,
    "domain_id" BIGINT NOT NULL,
    "score" DECIMAL,
    "status" TEXT,
    "late" BOOLEAN NOT NULL DEFAULT false,
    "posted" BOOLEAN NOT NULL DEFAULT true,
    "comment" TEXT,
    "score_date" TEXT,
    "revision" BIGINT,
    "version" INTEGER NOT NULL DEFAULT 1,
    "version_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "dirty_n" INTEGER NOT NULL DEFAULT 1,
    "clean_n" INTEGER NOT NULL DEFAULT 0,
    "release_n" INTEGER NOT NULL DEFAULT 0,
    "priority" SMALLINT NOT NULL DEFAULT 1,
    "next_attempt_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "sending_epoch" BIGINT,
    "sourced_id" TEXT,
    "acked_version" INTEGER NOT NULL DEFAULT 0,
    "acked_hash" TEXT,
    "acked" JSONB,
    "acked_at" TIMESTAMPTZ(3),
    "verified_version" INTEGER NOT NULL DEFAULT 0,
    "verify_at" TIMESTAMPTZ(3),
    "repairs" SMALLINT NOT NULL DEFAULT 0,
    "parked_n" INTEGER,
    "last_reason" JSONB,
    "last_sent_at" TIMESTAMPTZ(3),
    "sync_id" UUID,

    CONSTRAINT "result_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sync" (
    "id" UUID NOT NULL,
    "tenant_id" BIGINT NOT NULL,
    "domain_id" BIGINT NOT NULL,
    "class_id" BIGINT NOT NULL,
    "trigger" TEXT NOT NULL,
    "started_by" TEXT NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'processing',
    "mode" TEXT NOT NULL DEFAULT 'changes',
    "dry_run" BOOLEAN NOT NULL DEFAULT false,
    "counts" JSONB NOT NULL DEFAULT '{}',
    "window" TIMESTAMPTZ(3),
    "started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "sync_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sync_entry" (
    "id" BIGSERIAL NOT NULL,
    "sync_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "line_item_key" TEXT NOT NULL,
    "student_key" TEXT,
    "action" TEXT NOT NULL,
    "reason" JSONB,
    "version" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "sync_entry_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "idempotency_key" (
    "principal" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "body_hash" TEXT NOT NULL,
    "sync_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "idempotency_key_pkey" PRIMARY KEY ("principal","key")
);

-- CreateIndex
CREATE INDEX "domain_parent_id_idx" ON "domain"("parent_id");

-- CreateIndex
CREATE INDEX "domain_connection_id_idx" ON "domain"("connection_id");

-- CreateIndex
CREATE UNIQUE INDEX "domain_tenant_id_key_key" ON "domain"("tenant_id", "key");

-- CreateIndex
CREATE UNIQUE INDEX "connection_domain_id_key" ON "connection"("domain_id");

-- CreateIndex
CREATE INDEX "lane_wake_at_idx" ON "lane"("wake_at");

-- CreateIndex
CREATE INDEX "lane_request_connection_id_idx" ON "lane_request"("connection_id");

-- CreateIndex
CREATE UNIQUE INDEX "api_key_hash_key" ON "api_key"("hash");

-- CreateIndex
CREATE INDEX "api_key_domain_id_idx" ON "api_key"("domain_id");

-- CreateIndex
CREATE INDEX "user_token_key_id_idx" ON "user_token"("key_id");

-- CreateIndex
CREATE INDEX "user_token_expires_at_idx" ON "user_token"("expires_at");

-- CreateIndex
CREATE INDEX "class_domain_id_idx" ON "class"("domain_id");

-- CreateIndex
CREATE UNIQUE INDEX "class_tenant_id_key_key" ON "class"("tenant_id", "key");

-- CreateIndex
CREATE UNIQUE INDEX "student_class_id_key_key" ON "student"("class_id", "key");

-- CreateIndex
CREATE UNIQUE INDEX "line_item_class_id_key_key" ON "line_item"("class_id", "key");

-- CreateIndex
CREATE UNIQUE INDEX "result_line_item_id_student_id_key" ON "result"("line_item_id", "student_id");

-- CreateIndex
CREATE INDEX "sync_class_id_started_at_idx" ON "sync"("class_id", "started_at");

-- CreateIndex
CREATE INDEX "sync_domain_id_started_at_idx" ON "sync"("domain_id", "started_at");

-- CreateIndex
CREATE INDEX "sync_entry_sync_id_id_idx" ON "sync_entry"("sync_id", "id");

-- CreateIndex
CREATE INDEX "idempotency_key_created_at_idx" ON "idempotency_key"("created_at");

-- AddForeignKey
ALTER TABLE "domain" ADD CONSTRAINT "domain_parent_id_fkey" FOREIGN KEY ("parent_id") REFERENCES "domain"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "connection" ADD CONSTRAINT "connection_domain_id_fkey" FOREIGN KEY ("domain_id") REFERENCES "domain"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "lane" ADD CONSTRAINT "lane_connection_id_fkey" FOREIGN KEY ("connection_id") REFERENCES "connection"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "lane_request" ADD CONSTRAINT "lane_request_connection_id_fkey" FOREIGN KEY ("connection_id") REFERENCES "connection"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "api_key" ADD CONSTRAINT "api_key_domain_id_fkey" FOREIGN KEY ("domain_id") REFERENCES "domain"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "user_token" ADD CONSTRAINT "user_token_key_id_fkey" FOREIGN KEY ("key_id") REFERENCES "api_key"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "class" ADD CONSTRAINT "class_domain_id_fkey" FOREIGN KEY ("domain_id") REFERENCES "domain"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "student" ADD CONSTRAINT "student_class_id_fkey" FOREIGN KEY ("class_id") REFERENCES "class"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "line_item" ADD CONSTRAINT "line_item_class_id_fkey" FOREIGN KEY ("class_id") REFERENCES "class"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sync" ADD CONSTRAINT "sync_class_id_fkey" FOREIGN KEY ("class_id") REFERENCES "class"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sync_entry" ADD CONSTRAINT "sync_entry_sync_id_fkey" FOREIGN KEY ("sync_id") REFERENCES "sync"("id") ON DELETE CASCADE ON UPDATE CASCADE;


-- What Prisma cannot say ------------------------------------------------------------------------------------------

-- a tenant's name is unique among tenants
CREATE UNIQUE INDEX "domain_tenant_key" ON "domain" ("key") WHERE "parent_id" IS NULL;

-- what is due: one range per domain and priority; rows that rest are not in it
CREATE INDEX "result_due" ON "result" ("domain_id", "priority", "next_attempt_at") WHERE "release_n" > "clean_n";
CREATE INDEX "line_item_due" ON "line_item" ("domain_id", "priority", "next_attempt_at") WHERE "release_n" > "clean_n";

-- what a sync waits for
CREATE INDEX "result_sync" ON "result" ("sync_id") WHERE "sync_id" IS NOT NULL;
CREATE INDEX "line_item_sync" ON "line_item" ("sync_id") WHERE "sync_id" IS NOT NULL;

-- one processing sync per class, so that a second press joins; one automatic record per class and quarter of an hour
CREATE UNIQUE INDEX "sync_processing" ON "sync" ("class_id") WHERE "status" = 'processing' AND "trigger" <> 'automatic' AND NOT "dry_run";
CREATE UNIQUE INDEX "sync_automatic" ON "sync" ("class_id", "window") WHERE "trigger" = 'automatic';

-- counters only rise, and nothing is clean or released beyond what is
ALTER TABLE "result" ADD CONSTRAINT "result_counters" CHECK ("clean_n" <= "dirty_n" AND "release_n" <= "dirty_n" AND "acked_version" <= "version");
ALTER TABLE "line_item" ADD CONSTRAINT "line_item_counters" CHECK ("clean_n" <= "dirty_n" AND "release_n" <= "dirty_n" AND "acked_version" <= "version");
ALTER TABLE "domain" ADD CONSTRAINT "domain_sending" CHECK ("sending" IN ('on', 'off', 'excluded', 'paused', 'noConnection'));
ALTER TABLE "api_key" ADD CONSTRAINT "api_key_bound" CHECK ("role" = 'root' OR ("tenant_id" IS NOT NULL AND "domain_id" IS NOT NULL));

-- rows change often and their indexed columns seldom: leave room on the page
ALTER TABLE "result" SET (fillfactor = 80);
ALTER TABLE "line_item" SET (fillfactor = 80);
