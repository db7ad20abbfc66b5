CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE s (id serial PRIMARY KEY, small smallint, big bigint, n numeric(10,2), r real, d double precision,
    a varchar(9) NOT NULL, t text, c char(3), at timestamptz(3), day date, mood mood, flag boolean, tags text[]);
CREATE FUNCTION rank_of(numeric, timestamptz) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION label_of(mood) RETURNS varchar LANGUAGE sql AS 'SELECT $1::text';

CREATE TABLE plain AS SELECT * FROM s;
CREATE TABLE named (one, two) AS SELECT s.id, a AS b FROM s AS s;
SELECT id, 1 AS one, 'x' AS x, NULL AS none, 1.5 AS half, 9999999999 AS large, true AS yes INTO into_it FROM s;

CREATE TABLE sums AS SELECT sum(small) AS small, sum(id) AS id, sum(big) AS big, sum(n) AS n, sum(r) AS r, sum(d) AS d FROM s;
CREATE TABLE extremes AS SELECT max(small) AS small, min(id) AS id, max(n) AS n, max(a) AS a, min(t) AS t, max(at) AS at, max(day) AS day FROM s;

CREATE TABLE common AS SELECT coalesce(a, 'x') AS literal, coalesce(a, a) AS same, coalesce(a, t) AS texts, coalesce(small, big) AS numbers,
    coalesce(n, 0) AS n, greatest(r, d) AS reals, coalesce(r, n) AS mixed, least(id, 1.5) AS least, coalesce(mood, 'ok') AS mood FROM s;
CREATE TABLE cases AS SELECT CASE WHEN flag THEN a END AS no_else, CASE WHEN flag THEN a ELSE a END AS same, CASE id WHEN 1 THEN small ELSE big END AS numbers,
    CASE WHEN flag THEN NULL ELSE at END AS at FROM s;

CREATE TABLE operators AS SELECT id + big AS sum, small * 2 AS product, n / 2 AS quotient, r - r AS reals, r + id AS mixed, r * d AS doubles, n - small AS numeric,
    -n AS minus, - small AS negative, NOT flag AS negated, a LIKE 'x%' AS alike, id IN (1, 2) AS within, id BETWEEN 1 AND 2 AS between_them, t IS NULL AS missing,
    flag AND id > 1 AS both_of, mood = 'ok' AS equal, mood IS DISTINCT FROM 'ok' AS distinct_from, EXISTS (SELECT FROM s) AS there FROM s;
CREATE TABLE calls AS SELECT count(*) AS count, rank_of(1, now()) AS rank, count(DISTINCT a) AS several, bool_or(flag) AS any_of, jsonb_agg(id) AS ids FROM s;
CREATE TABLE functions AS SELECT rank_of(sum(id), max(at)) AS rank, label_of(mood) AS label, label_of('ok') AS other, nextval('s_id_seq') AS next FROM s GROUP BY mood;

CREATE TABLE subqueries AS SELECT x.total, x.a, (SELECT max(big) FROM s WHERE id = x.total) AS most, y.id
    FROM (SELECT sum(id) AS total, a, NULL AS none FROM s GROUP BY a) x LEFT JOIN LATERAL (SELECT s.id FROM s WHERE s.a = x.a) AS y ON true, s AS third;
CREATE TABLE stars AS SELECT x.*, s.big FROM (SELECT id, coalesce(t, 'none') AS t FROM s) x CROSS JOIN s;

CREATE TABLE unions AS SELECT id, a, NULL::int AS n, NULL AS none, n AS number, at FROM s UNION ALL SELECT id, a, small, NULL, n, NULL FROM s
    UNION SELECT 1, 'x', 2, 'y', 1.5, now();
CREATE TABLE unions_within AS SELECT max(x.at) AS at, x.id, max(x.score) = 1 AS up, cast(max(x.score) AS int) AS score FROM
    (SELECT id, at, small AS score FROM s UNION ALL SELECT id, NULL::timestamptz, NULL::int FROM s) x GROUP BY x.id;

CREATE VIEW v AS SELECT s.id, coalesce(t.total, 0) AS total, rank_of(t.total, s.at) AS rank, NULL AS none, s.a AS other
    FROM s LEFT JOIN (SELECT id, sum(n) AS total FROM s GROUP BY id) t ON t.id = s.id;
CREATE VIEW named_v (x, y) AS SELECT id, a FROM s;
CREATE MATERIALIZED VIEW m AS SELECT v.id, v.total, named_v.y FROM v JOIN named_v ON named_v.x = v.id;

CREATE TABLE of_views AS SELECT * FROM v;
CREATE TABLE of_named AS TABLE named_v;
CREATE TABLE of_more AS SELECT m.*, v.rank FROM m, v;

ALTER VIEW v RENAME COLUMN other TO another;
CREATE TABLE after_renaming AS SELECT another, total FROM v;

ALTER TABLE s RENAME COLUMN a TO b;
CREATE TABLE after_all AS SELECT another FROM v;
