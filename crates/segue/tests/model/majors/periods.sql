CREATE EXTENSION btree_gist;

CREATE TABLE rooms (id int, during daterange, name text, PRIMARY KEY (id, during WITHOUT OVERLAPS));

CREATE TABLE bookings (id int, room int, during daterange,
    CONSTRAINT bookings_pk PRIMARY KEY (id, during WITHOUT OVERLAPS),
    FOREIGN KEY (room, PERIOD during) REFERENCES rooms (id, PERIOD during));

ALTER TABLE rooms ADD CONSTRAINT named_once UNIQUE (name, during WITHOUT OVERLAPS);

ALTER TABLE bookings DROP CONSTRAINT bookings_room_during_fkey;

ALTER TABLE bookings ADD CONSTRAINT of_rooms FOREIGN KEY (room, PERIOD during) REFERENCES rooms;

CREATE TABLE like_rooms (LIKE rooms INCLUDING ALL);

ALTER TABLE rooms RENAME during TO period;

ALTER TABLE rooms RENAME CONSTRAINT named_once TO named;

COMMENT ON CONSTRAINT named ON rooms IS 'one at a time';

CREATE TABLE parted (id int, during daterange, kind int, UNIQUE (kind, id, during WITHOUT OVERLAPS)) PARTITION BY LIST (kind);

CREATE TABLE parted_1 PARTITION OF parted FOR VALUES IN (1);

ALTER TABLE rooms ADD CONSTRAINT excluded EXCLUDE USING gist (name WITH =, period WITH &&);

ALTER TABLE rooms DROP CONSTRAINT named;

ALTER TABLE bookings DROP CONSTRAINT of_rooms;

ALTER TABLE rooms ALTER id TYPE bigint;

ALTER TABLE rooms DROP COLUMN period;
