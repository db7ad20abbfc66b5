    -- SHA-1 (FIPS 180-4) of the variable "data" into the variable "hash": the server itself has none. Stands in
    -- the functions of both extensions, since a helper of its own would be one object more than the real ones have.
    DECLARE
        len   CONSTANT bigint := pg_catalog.octet_length(data);
        block CONSTANT bytea := data || '\x80'::bytea
            || pg_catalog.decode(pg_catalog.repeat('00', ((119 - len % 64) % 64)::int), 'hex')
            || pg_catalog.int8send(len * 8);
        ones  CONSTANT bigint := 4294967295;
        w  bigint[] := pg_catalog.array_fill(0::bigint, ARRAY[80], ARRAY[0]);
        h0 bigint := 1732584193; h1 bigint := 4023233417; h2 bigint := 2562383102;
        h3 bigint := 271733878; h4 bigint := 3285377520;
        a bigint; b bigint; c bigint; d bigint; e bigint; f bigint; k bigint; t bigint;
        at int;
    BEGIN
        FOR start IN 0 .. pg_catalog.octet_length(block) - 64 BY 64 LOOP
            FOR i IN 0 .. 15 LOOP
                at := start + i * 4;
                w[i] := (pg_catalog.get_byte(block, at)::bigint << 24) | (pg_catalog.get_byte(block, at + 1) << 16)
                    | (pg_catalog.get_byte(block, at + 2) << 8) | pg_catalog.get_byte(block, at + 3);
            END LOOP;
            FOR i IN 16 .. 79 LOOP
                t := w[i - 3] # w[i - 8] # w[i - 14] # w[i - 16];
                w[i] := ((t << 1) | (t >> 31)) & ones;
            END LOOP;
            a := h0; b := h1; c := h2; d := h3; e := h4;
            FOR i IN 0 .. 79 LOOP
                IF i < 20 THEN
                    f := (b & c) | ((b # ones) & d); k := 1518500249;
                ELSIF i < 40 THEN
                    f := b # c # d; k := 1859775393;
                ELSIF i < 60 THEN
                    f := (b & c) | (b & d) | (c & d); k := 2400959708;
                ELSE
                    f := b # c # d; k := 3395469782;
                END IF;
                t := ((((a << 5) | (a >> 27)) & ones) + f + e + k + w[i]) & ones;
                e := d; d := c; c := ((b << 30) | (b >> 2)) & ones; b := a; a := t;
            END LOOP;
            h0 := (h0 + a) & ones; h1 := (h1 + b) & ones; h2 := (h2 + c) & ones;
            h3 := (h3 + d) & ones; h4 := (h4 + e) & ones;
        END LOOP;
        SELECT pg_catalog.decode(pg_catalog.string_agg(pg_catalog.lpad(pg_catalog.to_hex(word), 8, '0'), ''
                ORDER BY place), 'hex') INTO hash
            FROM pg_catalog.unnest(ARRAY[h0, h1, h2, h3, h4]) WITH ORDINALITY AS words (word, place);
    END;
