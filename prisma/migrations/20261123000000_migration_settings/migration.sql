-- AlterTable
ALTER TABLE "host" ADD COLUMN     "migrationBytesPerSec" BIGINT;

-- CreateTable
CREATE TABLE "setting" (
    "key" TEXT NOT NULL,
    "document" JSONB NOT NULL,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,
    "updatedBy" TEXT NOT NULL,

    CONSTRAINT "setting_pkey" PRIMARY KEY ("key")
);
