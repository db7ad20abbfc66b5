CREATE SCHEMA app;
CREATE DOMAIN app.email AS text COLLATE "C" CHECK (VALUE ~ '@');
CREATE TABLE app.t (
    id bigint GENERATED ALWAYS AS IDENTITY (START WITH 5 INCREMENT BY 2),
    name varchar(40) COLLATE "C" NOT NULL DEFAULT 'x',
    price numeric(10,2)[],
    at timestamp(3) with time zone DEFAULT now(),
    mail app.email,
    net int,
    gross int GENERATED ALWAYS AS (net * 2) STORED,
    gone int,
    no serial,
    body text
) WITH (fillfactor = 70, autovacuum_enabled = false, toast.autovacuum_enabled = false);
ALTER TABLE app.t DROP COLUMN gone;
ALTER TABLE app.t ALTER body SET STORAGE EXTERNAL, ALTER net SET STATISTICS 7, ALTER net SET (n_distinct = -0.5);
ALTER TABLE app.t ALTER body SET COMPRESSION pglz;
COMMENT ON TABLE app.t IS 'a table';
COMMENT ON COLUMN app.t.net IS 'a column';
COMMENT ON SEQUENCE app.t_id_seq IS 'a sequence';
CREATE UNLOGGED TABLE app."Größe 63 bytes of name, which is the most a name can have !!" (
    "a b" int,
    "quite a long name of a column, as long as a name can be: 63 ..." int
);
CREATE TABLE app.child (extra int, net int) INHERITS (app.t);
CREATE TYPE app.pair AS (a int, b text);
CREATE TABLE app.typed OF app.pair;
CREATE TABLE app.secured (id int);
ALTER TABLE app.secured ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY, REPLICA IDENTITY FULL;
CREATE POLICY mine ON app.secured AS RESTRICTIVE FOR UPDATE TO PUBLIC USING (id > 1) WITH CHECK (id > 2);
COMMENT ON POLICY mine ON app.secured IS 'a policy';
CREATE TEMPORARY TABLE passing (id int);
