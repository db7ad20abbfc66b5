-- Why: the shop opens with a list of products and the people who buy them.
--
-- Prices are whole cents: a sum of cents is exact. Email addresses are compared without regard to case,
-- so the index that makes them unique is one on lower(email).

CREATE TABLE products (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sku         text NOT NULL UNIQUE,
    title       text NOT NULL,
    price_cents integer NOT NULL CHECK (price_cents >= 0),
    created_at  timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE customers (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email      text NOT NULL,
    full_name  text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE UNIQUE INDEX customers_email_key ON customers (lower(email));

-- The first goods on the shelf, so that there is something to look at.
INSERT INTO products (sku, title, price_cents) VALUES
    ('TEA-ASSAM-100', 'Assam, 100 g', 690),
    ('TEA-SENCHA-50', 'Sencha, 50 g', 840),
    ('POT-GLASS-1L', 'Glass teapot, 1 l', 2490);
