//! The migrations of this folder, tested in Rust: set up, migrate, assert, roll back, assert.
//! It is compiled as a test of the crate `segue`: `cargo test -p segue --features testing --test example`.

use segue::{
    Failure,
    testing::{TestDatabase, Way},
};

/// A database with the migrations up to one. Each test has its own, and it goes with the value.
async fn at(migration: &str) -> Result<TestDatabase, Failure> {
    let here = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/testing");
    TestDatabase::builder()
        .dir(here)
        .at(migration)
        .create()
        .await
}

/// Where there is no server to test with, and `./test` has said so.
fn is_without_server() -> bool {
    std::env::var_os("SEGUE_TEST_WITHOUT_PG").is_some()
}

#[tokio::test]
async fn the_phone_number_comes_and_goes_and_customers_stay() -> Result<(), Failure> {
    if is_without_server() {
        return Ok(());
    }
    let db = at("20260112100000_orders").await?;
    db.sql("INSERT INTO customers (email) VALUES ('ada@example.com')")
        .await?;
    db.catalog()
        .await?
        .assert_table("customers")
        .has_no_column("phone");

    db.migrate_to("20260119110000_phone").await?;
    db.catalog()
        .await?
        .assert_table("customers")
        .has_column("phone", "text")
        .has_nullable("phone");

    let back = db.rollback().await?;
    assert_eq!(back.way, Way::Derived);
    back.assert_restored();
    db.catalog()
        .await?
        .assert_table("customers")
        .has_no_column("phone");
    assert_eq!(db.sql("SELECT FROM customers").await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn orders_have_what_queries_need() -> Result<(), Failure> {
    if is_without_server() {
        return Ok(());
    }
    let db = at("20260112100000_orders").await?;
    let catalog = db.catalog().await?;
    catalog
        .assert_table("orders")
        .has_column("id", "bigint")
        .has_foreign_key(&["customer"], "customers")
        .has_index("orders_customer_idx")
        .has_index_on(&["customer"]);
    catalog.assert_enum("order_state", &["open", "paid", "sent"]);
    Ok(())
}
