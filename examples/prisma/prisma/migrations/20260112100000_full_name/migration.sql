-- Prisma wrote DROP COLUMN "name" and ADD COLUMN "full_name", which would lose every name.
ALTER TABLE "users" RENAME COLUMN "name" TO "full_name";
