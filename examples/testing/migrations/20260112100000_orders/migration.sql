CREATE TYPE order_state AS ENUM ('open', 'paid', 'sent');
CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer bigint NOT NULL REFERENCES customers,
    state order_state NOT NULL DEFAULT 'open'
);
CREATE INDEX orders_customer_idx ON orders (customer);
