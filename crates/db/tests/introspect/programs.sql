CREATE TYPE mood AS ENUM ('sad');
CREATE TABLE source (id int);
CREATE FUNCTION plain(a int, b text DEFAULT 'x', VARIADIC c mood[] DEFAULT '{}') RETURNS SETOF text
    LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER LEAKPROOF PARALLEL SAFE COST 7 ROWS 9
    SET search_path = 'a', 'b' SET work_mem = '1MB' AS $$BEGIN RETURN; END$$;
CREATE FUNCTION outs(INOUT a int, OUT "B" text) LANGUAGE sql AS 'SELECT 1, ''x''';
CREATE FUNCTION rows() RETURNS TABLE (x int, y char) LANGUAGE sql AS 'SELECT 1, ''x''';
CREATE FUNCTION parsed(a int) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT count(*)::int FROM public.source WHERE id = a; END;
CREATE PROCEDURE act(a int) LANGUAGE sql AS 'SELECT 1';
CREATE AGGREGATE total (int) (sfunc = int4pl, stype = int, initcond = '0');
CREATE FUNCTION step(internal, mood) RETURNS internal LANGUAGE internal AS 'ordered_set_transition';
COMMENT ON FUNCTION plain IS 'a function';
COMMENT ON AGGREGATE total (int) IS 'an aggregate';
