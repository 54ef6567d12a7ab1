-- CreateTable
CREATE TABLE "annotation" (
    "thingId" UUID NOT NULL,
    "document" JSONB NOT NULL,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,
    "updatedBy" TEXT NOT NULL,

    CONSTRAINT "annotation_pkey" PRIMARY KEY ("thingId")
);

-- CreateTable
CREATE TABLE "policy_rule" (
    "id" UUID NOT NULL,
    "revision" INTEGER NOT NULL,
    "document" JSONB NOT NULL,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,
    "updatedBy" TEXT NOT NULL,

    CONSTRAINT "policy_rule_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "violation" (
    "key" TEXT NOT NULL,
    "sinceAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "violation_pkey" PRIMARY KEY ("key")
);

-- CreateTable
CREATE TABLE "saved_filter" (
    "id" UUID NOT NULL,
    "ownerId" TEXT NOT NULL,
    "ownerName" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "selector" TEXT NOT NULL,
    "isShared" BOOLEAN NOT NULL,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "saved_filter_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "saved_filter_ownerId_idx" ON "saved_filter"("ownerId");
