-- pgcrypto for segue's embedded server: the functions of pgcrypto 1.3, in SQL. Digests, HMAC and random bytes are
-- exact; what cannot be had without the real library raises feature_not_supported when it is called.
-- Bodies that call functions of this extension are written in the SQL-standard form: bound to the function itself,
-- so that they work in any schema.

CREATE FUNCTION digest(bytea, text) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $body$
DECLARE
    data CONSTANT bytea := $1;
    hash bytea;
BEGIN
    CASE pg_catalog.lower($2)
        WHEN 'md5' THEN RETURN pg_catalog.decode(pg_catalog.md5(data), 'hex');
        WHEN 'sha224' THEN RETURN pg_catalog.sha224(data);
        WHEN 'sha256' THEN RETURN pg_catalog.sha256(data);
        WHEN 'sha384' THEN RETURN pg_catalog.sha384(data);
        WHEN 'sha512' THEN RETURN pg_catalog.sha512(data);
        WHEN 'sha1' THEN NULL;
        ELSE RAISE EXCEPTION 'Cannot use "%": No such hash algorithm', $2
            USING ERRCODE = 'invalid_parameter_value';
    END CASE;
/* sha1 */
    RETURN hash;
END $body$;

CREATE FUNCTION digest(text, text) RETURNS bytea
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN digest(convert_to($1, getdatabaseencoding()), $2);

-- RFC 2104. A block has 128 bytes for the two long hashes, else 64; 54 and 92 are its two paddings.
CREATE FUNCTION hmac(bytea, bytea, text) RETURNS bytea
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT digest(outer_pad || digest(inner_pad || $1, $3), $3)
    FROM (
        SELECT decode(string_agg(lpad(to_hex(byte # 54), 2, '0'), '' ORDER BY place), 'hex') AS inner_pad,
               decode(string_agg(lpad(to_hex(byte # 92), 2, '0'), '' ORDER BY place), 'hex') AS outer_pad
        FROM (SELECT CASE WHEN lower($3) IN ('sha384', 'sha512') THEN 128 ELSE 64 END) AS block (size),
             LATERAL (SELECT CASE WHEN octet_length($2) > size THEN digest($2, $3) ELSE $2 END) AS short (key),
             LATERAL generate_series(0, size - 1) AS place,
             LATERAL (SELECT CASE WHEN place < octet_length(key) THEN get_byte(key, place) ELSE 0 END)
                 AS padded (byte)
    ) AS pads;
END;

CREATE FUNCTION hmac(text, text, text) RETURNS bytea
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN hmac(convert_to($1, getdatabaseencoding()), convert_to($2, getdatabaseencoding()), $3);

-- Thirteen bytes of a version 4 UUID are random throughout, from the server's strong source.
CREATE FUNCTION gen_random_bytes(int4) RETURNS bytea
LANGUAGE plpgsql VOLATILE STRICT PARALLEL SAFE AS $body$
BEGIN
    IF $1 < 1 OR $1 > 1024 THEN
        RAISE EXCEPTION 'Length not in range' USING ERRCODE = 'external_routine_invocation_exception';
    END IF;
    RETURN (
        SELECT pg_catalog.substr(pg_catalog.string_agg(
            pg_catalog.substr(random, 1, 6) || pg_catalog.substr(random, 10), ''::bytea), 1, $1)
        FROM (
            SELECT pg_catalog.uuid_send(pg_catalog.gen_random_uuid()) AS random
            FROM pg_catalog.generate_series(0, $1 / 13)
        ) AS source
    );
END $body$;

CREATE FUNCTION gen_random_uuid() RETURNS uuid
LANGUAGE sql VOLATILE PARALLEL SAFE
RETURN pg_catalog.gen_random_uuid();

-- The rest: there, with the same signatures, and saying so when called.
DO $do$
DECLARE
    missing record;
BEGIN
    FOR missing IN
        SELECT * FROM (VALUES
            ('crypt', 'text, text', 'text', 'IMMUTABLE'),
            ('gen_salt', 'text', 'text', 'VOLATILE'),
            ('gen_salt', 'text, int4', 'text', 'VOLATILE'),
            ('encrypt', 'bytea, bytea, text', 'bytea', 'IMMUTABLE'),
            ('decrypt', 'bytea, bytea, text', 'bytea', 'IMMUTABLE'),
            ('encrypt_iv', 'bytea, bytea, bytea, text', 'bytea', 'IMMUTABLE'),
            ('decrypt_iv', 'bytea, bytea, bytea, text', 'bytea', 'IMMUTABLE'),
            ('pgp_sym_encrypt', 'text, text', 'bytea', 'VOLATILE'),
            ('pgp_sym_encrypt', 'text, text, text', 'bytea', 'VOLATILE'),
            ('pgp_sym_encrypt_bytea', 'bytea, text', 'bytea', 'VOLATILE'),
            ('pgp_sym_encrypt_bytea', 'bytea, text, text', 'bytea', 'VOLATILE'),
            ('pgp_sym_decrypt', 'bytea, text', 'text', 'IMMUTABLE'),
            ('pgp_sym_decrypt', 'bytea, text, text', 'text', 'IMMUTABLE'),
            ('pgp_sym_decrypt_bytea', 'bytea, text', 'bytea', 'IMMUTABLE'),
            ('pgp_sym_decrypt_bytea', 'bytea, text, text', 'bytea', 'IMMUTABLE'),
            ('pgp_pub_encrypt', 'text, bytea', 'bytea', 'VOLATILE'),
            ('pgp_pub_encrypt', 'text, bytea, text', 'bytea', 'VOLATILE'),
            ('pgp_pub_encrypt_bytea', 'bytea, bytea', 'bytea', 'VOLATILE'),
            ('pgp_pub_encrypt_bytea', 'bytea, bytea, text', 'bytea', 'VOLATILE'),
            ('pgp_pub_decrypt', 'bytea, bytea', 'text', 'IMMUTABLE'),
            ('pgp_pub_decrypt', 'bytea, bytea, text', 'text', 'IMMUTABLE'),
            ('pgp_pub_decrypt', 'bytea, bytea, text, text', 'text', 'IMMUTABLE'),
            ('pgp_pub_decrypt_bytea', 'bytea, bytea', 'bytea', 'IMMUTABLE'),
            ('pgp_pub_decrypt_bytea', 'bytea, bytea, text', 'bytea', 'IMMUTABLE'),
            ('pgp_pub_decrypt_bytea', 'bytea, bytea, text, text', 'bytea', 'IMMUTABLE'),
            ('pgp_key_id', 'bytea', 'text', 'IMMUTABLE'),
            ('armor', 'bytea', 'text', 'IMMUTABLE'),
            ('armor', 'bytea, text[], text[]', 'text', 'IMMUTABLE'),
            ('dearmor', 'text', 'bytea', 'IMMUTABLE'),
            ('pgp_armor_headers', 'text, OUT key text, OUT value text', 'SETOF record', 'IMMUTABLE')
        ) AS functions (name, arguments, result, volatility)
    LOOP
        EXECUTE pg_catalog.format(
            'CREATE FUNCTION %s(%s) RETURNS %s LANGUAGE plpgsql %s STRICT PARALLEL SAFE AS %L',
            missing.name, missing.arguments, missing.result, missing.volatility,
            pg_catalog.format(
                'BEGIN RAISE EXCEPTION USING ERRCODE = %L, MESSAGE = %L, HINT = %L; END',
                'feature_not_supported',
                'segue''s embedded PostgreSQL has no function ' || missing.name || ' of pgcrypto',
                'Give segue the URL of a PostgreSQL server that has pgcrypto.'));
    END LOOP;
END $do$;
