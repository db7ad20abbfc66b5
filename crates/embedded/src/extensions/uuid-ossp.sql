-- uuid-ossp for segue's embedded server: the functions of uuid-ossp 1.1, in SQL. All are exact, but that a
-- version 1 UUID has a random node in the place of the machine's network address.

CREATE FUNCTION uuid_nil() RETURNS uuid
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN '00000000-0000-0000-0000-000000000000'::uuid;

-- The name spaces of RFC 4122, appendix C.
CREATE FUNCTION uuid_ns_dns() RETURNS uuid
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN '6ba7b810-9dad-11d1-80b4-00c04fd430c8'::uuid;

CREATE FUNCTION uuid_ns_url() RETURNS uuid
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN '6ba7b811-9dad-11d1-80b4-00c04fd430c8'::uuid;

CREATE FUNCTION uuid_ns_oid() RETURNS uuid
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN '6ba7b812-9dad-11d1-80b4-00c04fd430c8'::uuid;

CREATE FUNCTION uuid_ns_x500() RETURNS uuid
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN '6ba7b814-9dad-11d1-80b4-00c04fd430c8'::uuid;

-- RFC 4122, 4.1 and 4.5: tenths of microseconds since 1582-10-15, a random clock sequence, and a random node that
-- has the multicast and local bits set, so that it is no machine's. The two are those of a version 4 UUID.
CREATE FUNCTION uuid_generate_v1mc() RETURNS uuid
LANGUAGE sql VOLATILE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT (substr(clock, 9, 8) || substr(clock, 5, 4) || '1' || substr(clock, 2, 3) || substr(random, 17, 5)
        || translate(substr(random, 22, 1), '0123456789abcdef', '33337777bbbbffff') || substr(random, 23))::uuid
    FROM (
        SELECT lpad(to_hex((extract(epoch FROM clock_timestamp()) * 10000000)::bigint + 122192928000000000), 16, '0')
                   AS clock,
               replace(pg_catalog.gen_random_uuid()::text, '-', '') AS random
    ) AS parts;
END;

CREATE FUNCTION uuid_generate_v1() RETURNS uuid
LANGUAGE sql VOLATILE STRICT PARALLEL SAFE
RETURN uuid_generate_v1mc();

CREATE FUNCTION uuid_generate_v3(namespace uuid, name text) RETURNS uuid
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT (substr(hash, 1, 12) || '3' || substr(hash, 14, 3)
        || translate(substr(hash, 17, 1), '0123456789abcdef', '89ab89ab89ab89ab') || substr(hash, 18))::uuid
    FROM (SELECT md5(uuid_send(namespace) || convert_to(name, getdatabaseencoding())) AS hash) AS named;
END;

CREATE FUNCTION uuid_generate_v4() RETURNS uuid
LANGUAGE sql VOLATILE STRICT PARALLEL SAFE
RETURN pg_catalog.gen_random_uuid();

CREATE FUNCTION uuid_generate_v5(namespace uuid, name text) RETURNS uuid
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $body$
DECLARE
    data CONSTANT bytea := pg_catalog.uuid_send($1)
        || pg_catalog.convert_to($2, pg_catalog.getdatabaseencoding());
    hash bytea;
    hex text;
BEGIN
/* sha1 */
    hex := pg_catalog.encode(hash, 'hex');
    RETURN pg_catalog.substr(hex, 1, 12) || '5' || pg_catalog.substr(hex, 14, 3)
        || pg_catalog.translate(pg_catalog.substr(hex, 17, 1), '0123456789abcdef', '89ab89ab89ab89ab')
        || pg_catalog.substr(hex, 18, 15);
END $body$;
