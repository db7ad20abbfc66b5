CREATE SCHEMA app;
CREATE TYPE app.mood AS ENUM ('sad', 'ok', 'happy');
CREATE DOMAIN app.email AS text;
CREATE SEQUENCE app.seq;
CREATE FUNCTION app.fn(integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE TABLE app.t (
    i integer, b bigint, s smallint, n numeric, d double precision, r real, x text, v character varying(20),
    c character(3), f boolean, u uuid, j jsonb, k json, ts timestamp without time zone,
    tz timestamp with time zone, dt date, iv interval, ta text[], ia integer[], m app.mood, e app.email,
    va character varying(10)[], ip inet
);
CREATE TABLE app.o (id integer, t_i integer, name text);
