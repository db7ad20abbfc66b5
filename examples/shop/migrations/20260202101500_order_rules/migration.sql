-- Why: an import wrote an order line with quantity 0. The database shall not take that again.
--
-- NOT VALID makes the new rule hold for new rows at once, under a short lock; VALIDATE then reads the old
-- rows without keeping anybody from writing. The COMMIT between them ends the strong lock of the first
-- part before the long read of the second: segue runs the file as two transactions.

ALTER TABLE order_lines
    ADD CONSTRAINT order_lines_quantity_check CHECK (quantity > 0) NOT VALID;

ALTER TABLE orders
    ADD CONSTRAINT orders_status_check
    CHECK (status IN ('new', 'paid', 'sent', 'cancelled')) NOT VALID;

COMMIT;

ALTER TABLE order_lines VALIDATE CONSTRAINT order_lines_quantity_check;
ALTER TABLE orders VALIDATE CONSTRAINT orders_status_check;
