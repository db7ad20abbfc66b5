-- Why: the page "my orders" reads all orders of one customer, newest first, and got slow.
--
-- CONCURRENTLY builds the index while the shop goes on selling. It refuses a transaction; segue runs it
-- outside of one and records how far it came. A failed build leaves an invalid index behind: segue drops
-- that and builds again.

CREATE INDEX CONCURRENTLY orders_customer_id_placed_at_idx ON orders (customer_id, placed_at DESC);
