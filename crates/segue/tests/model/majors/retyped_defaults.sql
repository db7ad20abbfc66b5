CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE d (
  a varchar(15) DEFAULT 'x', b varchar(15) DEFAULT NULL, c char(3) DEFAULT 'a', d int DEFAULT 0, e date DEFAULT '2020-01-01',
  f text DEFAULT 'it''s', g varchar(5) DEFAULT 'a' || 'b', i timestamp DEFAULT now(), j numeric(3, 1) DEFAULT 1.5,
  k text[] DEFAULT '{}', l varchar(10)[] DEFAULT '{}', m varchar(10) DEFAULT 'y', n mood DEFAULT 'ok', o char(3)[] DEFAULT '{}');

ALTER TABLE d ALTER a TYPE text, ALTER b TYPE text, ALTER c TYPE text, ALTER d TYPE bigint, ALTER e TYPE timestamptz,
  ALTER f TYPE varchar(20), ALTER g TYPE text, ALTER i TYPE timestamptz, ALTER j TYPE float,
  ALTER k TYPE varchar(5)[], ALTER l TYPE text[], ALTER m TYPE varchar(30), ALTER o TYPE text[];

ALTER TABLE d ALTER a TYPE varchar(5), ALTER f SET DEFAULT 'b';
