-- Schedules, history, webhooks, sign-in, roster pull, notices.

-- Whom a reading is of: a student or class may be linked to another one in the SIS than what was acknowledged.
ALTER TABLE "line_item" ADD COLUMN "seen_of" JSONB;
-- somebody has asked for its next reading, so that it goes in quiet hours too
ALTER TABLE "line_item" ADD COLUMN "verify_asked" BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE "result" ADD COLUMN "seen_of" JSONB;

-- Sign-in: LTI platforms, OpenID providers and their sessions
CREATE TABLE "lti_platform" (
    "id" UUID NOT NULL,
    "tenant_id" BIGINT NOT NULL,
    "domain_id" BIGINT NOT NULL,
    "name" TEXT NOT NULL,
    "issuer" TEXT NOT NULL,
    "client_id" TEXT NOT NULL,
    "authorization_url" TEXT NOT NULL,
    "jwks_url" TEXT NOT NULL,
    "class_param" TEXT,
    "role_map" JSONB NOT NULL DEFAULT '{}',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "lti_platform_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "lti_platform_domain_id_idx" ON "lti_platform"("domain_id");
CREATE INDEX "lti_platform_issuer_client_id_idx" ON "lti_platform"("issuer", "client_id");
ALTER TABLE "lti_platform" ADD CONSTRAINT "lti_platform_domain_id_fkey" FOREIGN KEY ("domain_id") REFERENCES "domain"("id") ON DELETE CASCADE ON UPDATE CASCADE;

CREATE TABLE "lti_deployment" (
    "issuer" TEXT NOT NULL,
    "client_id" TEXT NOT NULL,
    "deployment_id" TEXT NOT NULL,
    "platform_id" UUID NOT NULL,

    CONSTRAINT "lti_deployment_pkey" PRIMARY KEY ("issuer","client_id","deployment_id")
);
CREATE UNIQUE INDEX "lti_deployment_platform_id_deployment_id_key" ON "lti_deployment"("platform_id", "deployment_id");
ALTER TABLE "lti_deployment" ADD CONSTRAINT "lti_deployment_platform_id_fkey" FOREIGN KEY ("platform_id") REFERENCES "lti_platform"("id") ON DELETE CASCADE ON UPDATE CASCADE;

CREATE TABLE "tool_key" (
    "kid" TEXT NOT NULL,
    "public_jwk" JSONB NOT NULL,
    "private" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "tool_key_pkey" PRIMARY KEY ("kid")
);

CREATE TABLE "sign_in_provider" (
    "id" UUID NOT NULL,
    "tenant_id" BIGINT NOT NULL,
    "domain_id" BIGINT NOT NULL,
    "issuer" TEXT NOT NULL,
    "client_id" TEXT NOT NULL,
    "secret" TEXT NOT NULL,
    "scopes" JSONB NOT NULL DEFAULT '[]',
    "claims" JSONB NOT NULL DEFAULT '{}',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "sign_in_provider_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "sign_in_provider_domain_id_key" ON "sign_in_provider"("domain_id");
ALTER TABLE "sign_in_provider" ADD CONSTRAINT "sign_in_provider_domain_id_fkey" FOREIGN KEY ("domain_id") REFERENCES "domain"("id") ON DELETE CASCADE ON UPDATE CASCADE;

CREATE TABLE "sign_in_session" (
    "id" UUID NOT NULL,
    "hash" BYTEA NOT NULL,
    "provider_id" UUID NOT NULL,
    "tenant_id" BIGINT NOT NULL,
    "domain_id" BIGINT NOT NULL,
    "subject" TEXT NOT NULL,
    "display_name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "idle_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "sign_in_session_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "sign_in_session_hash_key" ON "sign_in_session"("hash");
CREATE INDEX "sign_in_session_provider_id_idx" ON "sign_in_session"("provider_id");
CREATE INDEX "sign_in_session_domain_id_idx" ON "sign_in_session"("domain_id");
CREATE INDEX "sign_in_session_expires_at_idx" ON "sign_in_session"("expires_at");
ALTER TABLE "sign_in_session" ADD CONSTRAINT "sign_in_session_provider_id_fkey" FOREIGN KEY ("provider_id") REFERENCES "sign_in_provider"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "sign_in_session" ADD CONSTRAINT "sign_in_session_domain_id_fkey" FOREIGN KEY ("domain_id") REFERENCES "domain"("id") ON DELETE CASCADE ON UPDATE CASCADE;

CREATE TABLE "sign_in_used" (
    "state" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "sign_in_used_pkey" PRIMARY KEY ("state")
);
CREATE INDEX "sign_in_used_expires_at_idx" ON "sign_in_used"("expires_at");

-- what a person's token was made with; the table holds an hour of tokens
ALTER TABLE "user_token" ALTER COLUMN "key_id" DROP NOT NULL,
ADD COLUMN     "platform_id" UUID,
ADD COLUMN     "deployment_id" TEXT,
ADD COLUMN     "session_id" UUID;
ALTER TABLE "user_token" ADD CONSTRAINT "user_token_platform_id_deployment_id_fkey" FOREIGN KEY ("platform_id", "deployment_id") REFERENCES "lti_deployment"("platform_id", "deployment_id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "user_token" ADD CONSTRAINT "user_token_session_id_fkey" FOREIGN KEY ("session_id") REFERENCES "sign_in_session"("id") ON DELETE CASCADE ON UPDATE CASCADE;
CREATE INDEX "user_token_platform_id_deployment_id_idx" ON "user_token"("platform_id", "deployment_id");
CREATE INDEX "user_token_session_id_idx" ON "user_token"("session_id");
ALTER TABLE "user_token" ADD CONSTRAINT "user_token_made_with_one" CHECK (num_nonnulls("key_id", "platform_id", "session_id") = 1 AND ("platform_id" IS NULL) = ("deployment_id" IS NULL));

-- Roster pulls: what an LMS need not push, for the SIS knows it.
ALTER TABLE "class"
  ADD COLUMN "class_code" TEXT,
  ADD COLUMN "from_sis" JSONB,
  ADD COLUMN "filled" TEXT[] DEFAULT ARRAY[]::TEXT[],
  ADD COLUMN "by_pull" BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE "student"
  ADD COLUMN "identifier" TEXT,
  ADD COLUMN "email" TEXT,
  ADD COLUMN "from_sis" JSONB,
  ADD COLUMN "filled" TEXT[] DEFAULT ARRAY[]::TEXT[],
  ADD COLUMN "by_pull" BOOLEAN NOT NULL DEFAULT false;

CREATE TABLE "roster_pull" (
  "id" UUID NOT NULL,
  "tenant_id" BIGINT NOT NULL,
  "domain_id" BIGINT NOT NULL,
  "connection_id" BIGINT NOT NULL,
  "started_by" TEXT NOT NULL,
  "status" TEXT NOT NULL DEFAULT 'processing',
  "whole" BOOLEAN,
  "asked_full" BOOLEAN NOT NULL DEFAULT false,
  "dry_run" BOOLEAN NOT NULL DEFAULT false,
  "confirmed" BOOLEAN NOT NULL DEFAULT false,
  "since" TIMESTAMPTZ(3),
  "basis" TEXT,
  "phase" TEXT NOT NULL DEFAULT 'academicSessions',
  "received" INTEGER NOT NULL DEFAULT 0,
  "last_page" JSONB,
  "partial" TEXT[] DEFAULT ARRAY[]::TEXT[],
  "after_id" TEXT,
  "counts" JSONB NOT NULL DEFAULT '{}',
  "reason" JSONB,
  "attempts" INTEGER NOT NULL DEFAULT 0,
  "next_attempt_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "begun_at" TIMESTAMPTZ(3),
  "finished_at" TIMESTAMPTZ(3),
  CONSTRAINT "roster_pull_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "roster_pull_domain_id_created_at_idx" ON "roster_pull" ("domain_id", "created_at");
CREATE INDEX "roster_pull_connection_id_status_idx" ON "roster_pull" ("connection_id", "status");
-- two presses of one domain are one pull
CREATE UNIQUE INDEX "roster_pull_one_at_a_time" ON "roster_pull" ("domain_id") WHERE status = 'processing';
ALTER TABLE "roster_pull" ADD CONSTRAINT "roster_pull_domain_id_fkey" FOREIGN KEY ("domain_id") REFERENCES "domain" ("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "roster_pull" ADD CONSTRAINT "roster_pull_connection_id_fkey" FOREIGN KEY ("connection_id") REFERENCES "connection" ("id") ON DELETE CASCADE ON UPDATE CASCADE;

CREATE TABLE "roster_record" (
  "connection_id" BIGINT NOT NULL,
  "kind" TEXT NOT NULL,
  "sourced_id" TEXT NOT NULL,
  "class_sourced_id" TEXT,
  "user_sourced_id" TEXT,
  "class_code" TEXT,
  "record" JSONB NOT NULL,
  "pull_id" UUID NOT NULL,
  CONSTRAINT "roster_record_pkey" PRIMARY KEY ("connection_id", "kind", "sourced_id")
);
CREATE INDEX "roster_record_connection_id_class_sourced_id_idx" ON "roster_record" ("connection_id", "class_sourced_id");
CREATE INDEX "roster_record_connection_id_class_code_idx" ON "roster_record" ("connection_id", "class_code");
ALTER TABLE "roster_record" ADD CONSTRAINT "roster_record_connection_id_fkey" FOREIGN KEY ("connection_id") REFERENCES "connection" ("id") ON DELETE CASCADE ON UPDATE CASCADE;

CREATE TABLE "roster_unmatched" (
  "id" BIGSERIAL NOT NULL,
  "pull_id" UUID NOT NULL,
  "kind" TEXT NOT NULL,
  "sourced_id" TEXT,
  "class_key" TEXT,
  "student_key" TEXT,
  "reason" JSONB NOT NULL,
  "candidates" INTEGER NOT NULL DEFAULT 0,
  CONSTRAINT "roster_unmatched_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "roster_unmatched_pull_id_id_idx" ON "roster_unmatched" ("pull_id", "id");
ALTER TABLE "roster_unmatched" ADD CONSTRAINT "roster_unmatched_pull_id_fkey" FOREIGN KEY ("pull_id") REFERENCES "roster_pull" ("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Webhooks: who is told, what is to be told, and how each telling went.
CREATE TABLE "webhook" (
    "id" UUID NOT NULL,
    "tenant_id" BIGINT NOT NULL,
    "domain_id" BIGINT NOT NULL,
    "url" TEXT NOT NULL,
    "events" JSONB,
    "description" TEXT,
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "disabled_because" TEXT,
    "failing_since" TIMESTAMPTZ(3),
    "secret" TEXT NOT NULL,
    "old_secret" TEXT,
    "old_secret_until" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "webhook_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "webhook_domain_id_idx" ON "webhook"("domain_id");

CREATE TABLE "webhook_delivery" (
    "id" UUID NOT NULL,
    "webhook_id" UUID NOT NULL,
    "event_id" UUID NOT NULL,
    "type" TEXT NOT NULL,
    "body" TEXT NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'pending',
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "attempt_log" JSONB NOT NULL DEFAULT '[]',
    "next_attempt_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "done_at" TIMESTAMPTZ(3),

    CONSTRAINT "webhook_delivery_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "webhook_delivery_webhook_id_id_idx" ON "webhook_delivery"("webhook_id", "id");
CREATE INDEX "webhook_delivery_created_at_idx" ON "webhook_delivery"("created_at");
-- what a worker that died has left
CREATE INDEX "webhook_delivery_due" ON "webhook_delivery"("next_attempt_at") WHERE "state" = 'pending';

CREATE TABLE "outbox" (
    "id" BIGSERIAL NOT NULL,
    "kind" TEXT NOT NULL,
    "sync_id" UUID,
    "class_id" BIGINT,
    "delivery_id" UUID,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "tries" SMALLINT NOT NULL DEFAULT 0,

    CONSTRAINT "outbox_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "class_problem" (
    "class_id" BIGINT NOT NULL,
    "code" TEXT NOT NULL,
    "count" INTEGER NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "mail_at" TIMESTAMPTZ(3),

    CONSTRAINT "class_problem_pkey" PRIMARY KEY ("class_id", "code")
);
CREATE INDEX "class_problem_mail" ON "class_problem"("mail_at") WHERE "mail_at" IS NOT NULL;

CREATE TABLE "connection_told" (
    "connection_id" BIGINT NOT NULL,
    "about" TEXT NOT NULL,
    "code" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "told_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "connection_told_pkey" PRIMARY KEY ("connection_id", "about")
);

ALTER TABLE "class" ADD COLUMN "notice_emails" JSONB NOT NULL DEFAULT '[]';

ALTER TABLE "webhook" ADD CONSTRAINT "webhook_domain_id_fkey" FOREIGN KEY ("domain_id") REFERENCES "domain"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "webhook_delivery" ADD CONSTRAINT "webhook_delivery_webhook_id_fkey" FOREIGN KEY ("webhook_id") REFERENCES "webhook"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "class_problem" ADD CONSTRAINT "class_problem_class_id_fkey" FOREIGN KEY ("class_id") REFERENCES "class"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "connection_told" ADD CONSTRAINT "connection_told_connection_id_fkey" FOREIGN KEY ("connection_id") REFERENCES "connection"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Schedules, and each of their firings.
CREATE TABLE "schedule" (
    "id" UUID NOT NULL,
    "tenant_id" BIGINT NOT NULL,
    "domain_id" BIGINT NOT NULL,
    "revision" INTEGER NOT NULL DEFAULT 1,
    "type" TEXT NOT NULL,
    "cron" TEXT NOT NULL,
    "every" JSONB,
    "time_zone" TEXT NOT NULL,
    "class_keys" JSONB,
    "posted_by" TEXT NOT NULL,
    "paused_at" TIMESTAMPTZ(3),
    "paused_by" TEXT,
    "first_run_at" TIMESTAMPTZ(3),
    "next_run_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "schedule_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "schedule_domain_id_idx" ON "schedule"("domain_id");
CREATE INDEX "schedule_next_run_at_idx" ON "schedule"("next_run_at");
ALTER TABLE "schedule" ADD CONSTRAINT "schedule_domain_id_fkey" FOREIGN KEY ("domain_id") REFERENCES "domain"("id") ON DELETE CASCADE ON UPDATE CASCADE;

CREATE TABLE "schedule_run" (
    "id" UUID NOT NULL,
    "schedule_id" UUID NOT NULL,
    "due_at" TIMESTAMPTZ(3) NOT NULL,
    "started_by" TEXT NOT NULL,
    "by_hand" BOOLEAN NOT NULL DEFAULT false,
    "status" TEXT NOT NULL DEFAULT 'running',
    "reason" JSONB,
    "classes" INTEGER NOT NULL DEFAULT 0,
    "started" INTEGER NOT NULL DEFAULT 0,
    "left_out" JSONB NOT NULL DEFAULT '{}',
    "after_class_id" BIGINT NOT NULL DEFAULT 0,
    "last_sync_id" UUID,
    "roster_pull_id" UUID,
    "syncs" JSONB NOT NULL DEFAULT '{}',
    "started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "schedule_run_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "schedule_run_schedule_id_started_at_idx" ON "schedule_run"("schedule_id", "started_at");
CREATE INDEX "schedule_run_started_at_idx" ON "schedule_run"("started_at");
-- never two runs of one schedule at once
CREATE UNIQUE INDEX "schedule_run_open" ON "schedule_run"("schedule_id") WHERE "finished_at" IS NULL;
ALTER TABLE "schedule_run" ADD CONSTRAINT "schedule_run_schedule_id_fkey" FOREIGN KEY ("schedule_id") REFERENCES "schedule"("id") ON DELETE CASCADE ON UPDATE CASCADE;

ALTER TABLE "sync" ADD COLUMN "schedule_id" UUID,
ADD COLUMN     "schedule_run_id" UUID,
ADD COLUMN     "pressed" BOOLEAN NOT NULL DEFAULT false;
-- asked for with every look of a lane: only domains that have quiet hours are read
CREATE INDEX "domain_quiet_hours" ON "domain"("connection_id") WHERE "effective"->>'quietHours' IS NOT NULL;

-- A press takes along what was deleted here: its sync says what came of it.
ALTER TABLE "deletion" ADD COLUMN "sync_id" UUID;
ALTER TABLE "deletion" ADD COLUMN "tried" JSONB NOT NULL DEFAULT '[]';
