-- Why: the old form kept the blanks that people typed around their names, and letters got printed with them.
--
-- Data first, then the rule that keeps them right: both in one transaction, so that no blank slips in between.

UPDATE customers SET full_name = btrim(full_name) WHERE full_name <> btrim(full_name);

ALTER TABLE customers
    ADD CONSTRAINT customers_full_name_check CHECK (full_name = btrim(full_name) AND full_name <> '');
