CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL);
CREATE TABLE "Post" (id int PRIMARY KEY, author int, body text, CONSTRAINT body_is_there CHECK (body <> ''));
CREATE INDEX post_by_author ON "Post" (author);

DO $$ BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_type WHERE typname = 'mood') THEN CREATE TYPE mood AS ENUM ('sad', 'ok'); END IF;
  IF NOT EXISTS (SELECT 1 FROM pg_type WHERE typname = 'mood') THEN CREATE TYPE mood AS ENUM ('never'); END IF;
END $$;

DO $$ BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = 'Post_author_fkey' AND conrelid = '"Post"'::regclass) THEN
    ALTER TABLE "Post" ADD CONSTRAINT "Post_author_fkey" FOREIGN KEY (author) REFERENCES users (id) ON DELETE CASCADE;
  END IF;
  IF NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = 'Post_author_fkey') THEN
    ALTER TABLE "Post" ADD CONSTRAINT never FOREIGN KEY (author) REFERENCES users (id);
  END IF;
END $$;

DO $$ BEGIN
  IF NOT EXISTS (SELECT * FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name = 'users' AND column_name = 'name') THEN
    ALTER TABLE users ADD COLUMN name text;
  ELSE
    DROP TABLE users;
  END IF;
END $$;

DO $$ BEGIN
  BEGIN
    ALTER TYPE mood RENAME VALUE 'unheard' TO 'heard';
  EXCEPTION WHEN invalid_parameter_value THEN null;
  END;
  BEGIN
    ALTER TABLE users ADD COLUMN name int;
  EXCEPTION WHEN duplicate_column THEN RAISE NOTICE 'there';
  END;
  BEGIN
    CREATE TABLE users (id int);
    CREATE TABLE never (id int);
  EXCEPTION WHEN duplicate_object THEN CREATE TABLE wrong (id int); WHEN SQLSTATE '42P07' THEN CREATE TABLE handled (id int);
  END;
END $$;

DO $$ BEGIN
  DROP VIEW nothing;
EXCEPTION WHEN undefined_object THEN CREATE TABLE wrong_too (id int); WHEN undefined_table THEN CREATE TABLE no_view (id int);
END $$;

DO $$ BEGIN
  DROP SEQUENCE nothing;
EXCEPTION WHEN undefined_object THEN CREATE TABLE wrong_too (id int); WHEN undefined_table THEN CREATE TABLE no_sequence (id int);
END $$;

DO $$ BEGIN
  DROP INDEX nothing;
EXCEPTION WHEN undefined_table THEN CREATE TABLE wrong_too (id int); WHEN undefined_object THEN CREATE TABLE no_index (id int);
END $$;

DO $$ BEGIN
  DROP TYPE nothing;
EXCEPTION WHEN undefined_table THEN CREATE TABLE wrong_too (id int); WHEN undefined_object THEN CREATE TABLE no_type (id int);
END $$;

DO $$ BEGIN
  ALTER TABLE users DROP COLUMN nothing;
EXCEPTION WHEN undefined_table THEN CREATE TABLE wrong_too (id int); WHEN undefined_column THEN CREATE TABLE no_column (id int);
END $$;

DO $$ BEGIN
  ALTER TABLE users ADD PRIMARY KEY (email);
EXCEPTION WHEN duplicate_object THEN CREATE TABLE wrong_too (id int); WHEN invalid_table_definition THEN CREATE TABLE one_key (id int);
END $$;

DO $$ DECLARE counted int := 1; BEGIN
  IF EXISTS (SELECT 1 FROM pg_indexes WHERE schemaname = 'public' AND indexname = 'post_by_author') AND NOT false THEN
    EXECUTE 'ALTER INDEX post_by_author RENAME TO by_author';
  ELSIF counted > 1 THEN
    NULL;
  END IF;
  IF to_regclass('public.by_author') IS NOT NULL AND to_regclass('"Nothing"') IS NULL THEN
    CREATE INDEX by_body ON "Post" (body);
  END IF;
END $$;

DO $$ BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_enum WHERE enumlabel = 'great' AND enumtypid = (SELECT oid FROM pg_type WHERE typname = 'mood')) THEN
    ALTER TYPE mood RENAME VALUE 'ok' TO 'great';
  END IF;
  IF EXISTS (SELECT 1 FROM pg_enum WHERE enumlabel = 'ok' AND enumtypid = 'mood'::regtype) THEN
    DROP TYPE mood;
  END IF;
END $$;

DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM information_schema.table_constraints
      WHERE table_name = 'handled' AND constraint_type = 'PRIMARY KEY') THEN
    ALTER TABLE handled ADD PRIMARY KEY (id);
  END IF;
  IF NOT EXISTS (SELECT * FROM information_schema.constraint_column_usage
      WHERE table_schema = 'public' AND table_name = 'users' AND constraint_name = 'Post_author_fkey') THEN
    DROP TABLE "Post";
  END IF;
  IF NOT EXISTS (SELECT schema_name FROM information_schema.schemata WHERE schema_name = 'app') THEN
    CREATE SCHEMA app;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = 'app') THEN
    DROP TABLE "Post";
  END IF;
  IF EXISTS (SELECT FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = 'no_view') THEN
    DROP TABLE no_view;
  END IF;
END $$;

DO $$ BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_policies WHERE tablename = 'users' AND policyname = 'own') THEN
    CREATE POLICY own ON users USING (true);
  END IF;
  IF NOT EXISTS (SELECT 1 FROM pg_policy WHERE polname = 'own' AND polrelid = 'users'::regclass) THEN
    DROP TABLE "Post";
  END IF;
  IF NOT EXISTS (SELECT 1 FROM pg_attribute WHERE attrelid = 'public.users'::regclass AND attname = 'age' AND NOT attisdropped) THEN
    ALTER TABLE users ADD age int;
  END IF;
  IF NOT EXISTS (SELECT 1 FROM pg_class c WHERE c.relname = 'by_body' AND c.relkind IN ('i', 'I')) THEN
    DROP TABLE "Post";
  END IF;
  IF NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = 'body_is_there' AND contype = 'c') THEN
    DROP TABLE "Post";
  END IF;
END $$;

CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
DO $$ BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_trigger WHERE tgname = 'touched' AND tgrelid = 'users'::regclass) THEN
    CREATE TRIGGER touched BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();
  END IF;
  IF NOT EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'nothing') THEN
    COMMENT ON TABLE users IS 'none';
  END IF;
  IF EXISTS (SELECT 1 FROM pg_tables WHERE schemaname = 'public' AND tablename = 'no_type') THEN
    DROP TABLE no_type;
  END IF;
  IF EXISTS (SELECT 1 FROM pg_views WHERE viewname = 'no_index') THEN
    DROP TABLE no_index;
  END IF;
END $$;

DO $$ DECLARE r record; n int; BEGIN
  n := (SELECT count(*) FROM users);
  IF n > 0 THEN RAISE EXCEPTION 'rows'; END IF;
  FOR r IN SELECT id FROM users LOOP
    UPDATE users SET name = 'a' WHERE id = r.id;
    CONTINUE WHEN r.id = 1;
  END LOOP;
  IF NOT EXISTS (SELECT FROM users WHERE id = 1) THEN INSERT INTO users (id, email) VALUES (1, 'a'); END IF;
  RETURN;
  DROP TABLE users;
END $$;
