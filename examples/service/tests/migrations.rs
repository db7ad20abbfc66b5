//! The migrations that the service carries in itself, and its queries, on a database for each test.

use segue::{Embedded, testing::TestDatabase};
use sqlx::{Connection, PgConnection, query_scalar};

static MIGRATIONS: Embedded = segue::embed!("migrations");

#[tokio::test]
async fn a_visit_is_counted_by_page() -> Result<(), Box<dyn std::error::Error>> {
    let db = TestDatabase::builder()
        .migrations(MIGRATIONS)
        .create()
        .await?;
    let mut connection = PgConnection::connect(db.url()).await?;
    for page in ["/", "/about", "/"] {
        sqlx::query("INSERT INTO visits (page) VALUES ($1)")
            .bind(page)
            .execute(&mut connection)
            .await?;
    }
    let home: i64 = query_scalar("SELECT count(*) FROM visits WHERE page = '/'")
        .fetch_one(&mut connection)
        .await?;
    assert_eq!(home, 2);
    connection.close().await?;
    Ok(())
}

#[tokio::test]
async fn the_page_can_be_taken_back() -> Result<(), Box<dyn std::error::Error>> {
    let db = TestDatabase::builder()
        .migrations(MIGRATIONS)
        .create()
        .await?;
    let mut connection = PgConnection::connect(db.url()).await?;
    sqlx::query("INSERT INTO visits (page) VALUES ('/')")
        .execute(&mut connection)
        .await?;

    db.rollback().await?.assert_restored();
    db.catalog()
        .await?
        .assert_table("visits")
        .has_no_column("page");
    let visits: i64 = query_scalar("SELECT count(*) FROM visits")
        .fetch_one(&mut connection)
        .await?;
    assert_eq!(visits, 1);

    db.migrate().await?;
    db.catalog()
        .await?
        .assert_table("visits")
        .has_column("page", "text");
    Ok(())
}
