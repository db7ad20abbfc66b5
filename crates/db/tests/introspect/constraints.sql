CREATE EXTENSION btree_gist;
CREATE TABLE parent (
    id int PRIMARY KEY,
    code text,
    CONSTRAINT parent_code UNIQUE (code) INCLUDE (id) WITH (fillfactor = 80) DEFERRABLE INITIALLY DEFERRED
);
COMMENT ON CONSTRAINT parent_code ON parent IS 'a constraint';
COMMENT ON INDEX parent_code IS 'an index';
CREATE TABLE child (
    id int CHECK (id > 0 AND id < 10),
    parent int REFERENCES parent ON DELETE CASCADE ON UPDATE SET NULL DEFERRABLE,
    during tsrange,
    CONSTRAINT child_during EXCLUDE USING gist (id WITH =, during WITH &&) WHERE (id > 5)
);
ALTER TABLE child ADD CONSTRAINT later FOREIGN KEY (parent) REFERENCES parent MATCH FULL ON DELETE RESTRICT NOT VALID;
ALTER TABLE child ADD CONSTRAINT alone CHECK (id <> 3) NO INHERIT NOT VALID;
ALTER TABLE parent REPLICA IDENTITY USING INDEX parent_pkey, CLUSTER ON parent_pkey;
