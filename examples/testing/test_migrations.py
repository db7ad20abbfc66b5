import psycopg
import pytest


def test_the_phone_number_comes_and_goes_and_customers_stay(at):
    database = at("20260112100000_orders")
    with psycopg.connect(database.url) as connection:
        connection.execute("INSERT INTO customers (email) VALUES ('ada@example.com')")
    assert database.columns("customers") == ["id", "email"]

    assert database.migrate()["applied"] == ["20260119110000_phone"]
    assert database.columns("customers") == ["id", "email", "phone"]

    back = database.rollback()
    assert (back["migration"], back["way"], back["different"]) == ("20260119110000_phone", "derived", [])
    assert database.columns("customers") == ["id", "email"]
    assert database.rows("SELECT email FROM customers") == [("ada@example.com",)]


def test_orders_are_taken_back_as_a_whole(at):
    database = at("20260112100000_orders")
    back = database.rollback()
    assert (back["way"], back["different"]) == ("down", [])
    assert database.columns("orders") == []


def test_tests_do_not_see_each_others_rows(at):
    assert at().rows("SELECT count(*) FROM customers") == [(0,)]


def test_an_order_belongs_to_a_customer(at):
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        with psycopg.connect(at().url) as connection:
            connection.execute("INSERT INTO orders (customer) VALUES (1)")
