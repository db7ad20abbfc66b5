//! Schemas that several examples of rules start from.

/// A large table of users.
pub(crate) const USERS: &str =
    "CREATE TABLE users (id bigint PRIMARY KEY, email text, nick varchar(50), score int);
INSERT INTO users SELECT g, 'a' || g, 'n' || g, g FROM generate_series(1, 20000) g;";

/// A large table of users with an index.
pub(crate) const INDEXED_USERS: &str =
    "CREATE TABLE users (id bigint PRIMARY KEY, email text, nick varchar(50), score int);
CREATE INDEX users_email ON users (email);
INSERT INTO users SELECT g, 'a' || g, 'n' || g, g FROM generate_series(1, 20000) g;";

/// Large tables of customers and of their orders.
pub(crate) const ORDERS: &str = "CREATE TABLE customers (id bigint PRIMARY KEY, name text);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint, status text);
CREATE INDEX orders_customer ON orders (customer_id);
INSERT INTO customers SELECT g, 'c' || g FROM generate_series(1, 20000) g;
INSERT INTO orders SELECT g, g, 'new' FROM generate_series(1, 20000) g;";

/// A large table of events with a partition for each year.
pub(crate) const EVENTS: &str =
    "CREATE TABLE events (id bigint, at date NOT NULL, kind text) PARTITION BY RANGE (at);
CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
INSERT INTO events SELECT g, '2024-02-01', 'k' FROM generate_series(1, 20000) g;";

/// A large table without a primary key.
pub(crate) const LOGS: &str = "CREATE TABLE logs (id bigint NOT NULL, message text);
INSERT INTO logs SELECT g, 'm' FROM generate_series(1, 20000) g;";
