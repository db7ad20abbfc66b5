use segue_cluster::Cluster;

use crate::{Server, qname};

const SETTINGS: &str = "SELECT current_setting('search_path'), current_setting('DateStyle'), \
     current_setting('TimeZone'), current_setting('transaction_isolation'), current_setting('jit')";

#[tokio::test]
async fn settings_and_an_open_transaction_are_as_before() {
    let Some(server) = Server::with("CREATE TABLE t (at timestamptz DEFAULT '2026-01-01 12:00Z')")
    else {
        return;
    };
    let session = server.session().await;
    session
        .execute("SET search_path = pg_catalog, public; SET DateStyle = german; SET TimeZone = 'Asia/Tokyo'")
        .await
        .expect("set");
    let before = session.rows(SETTINGS).await.expect("settings");
    let read = segue_db::introspect(&session).await.expect("read");
    let default = read.catalog.tables[&qname("t")].columns[0].default.clone();
    assert_eq!(
        default.expect("a default").to_string(),
        "'2026-01-01 12:00:00+00'::timestamp with time zone"
    );
    assert_eq!(session.rows(SETTINGS).await.expect("settings"), before);
    session
        .execute("CREATE TABLE public.outside (id int)")
        .await
        .expect("no transaction is open");

    session
        .execute("BEGIN; SET LOCAL DateStyle = sql")
        .await
        .expect("begun");
    session
        .execute("CREATE TABLE public.within (id int)")
        .await
        .expect("created");
    let before = session.rows(SETTINGS).await.expect("settings");
    let read = segue_db::introspect(&session).await.expect("read");
    assert!(read.catalog.tables.contains_key(&qname("within")));
    assert_eq!(session.rows(SETTINGS).await.expect("settings"), before);
    session.execute("ROLLBACK").await.expect("rolled back");
    let read = segue_db::introspect(&session).await.expect("read");
    assert!(!read.catalog.tables.contains_key(&qname("within")));
    assert!(read.catalog.tables.contains_key(&qname("outside")));
}

#[tokio::test]
async fn a_failed_transaction_is_an_error_and_stays_as_it_is() {
    let Some(server) = Server::with("") else {
        return;
    };
    let session = server.session().await;
    session.execute("BEGIN").await.expect("begun");
    session.execute("SELECT 1 / 0").await.expect_err("it fails");
    let error = segue_db::introspect(&session)
        .await
        .expect_err("nothing can be read");
    assert_eq!(error.code(), Some("25P02"));
    session.execute("ROLLBACK").await.expect("rolled back");
    segue_db::introspect(&session).await.expect("read");
}

#[tokio::test]
async fn a_standby_is_read_too() {
    let Some(mut server) = Server::with("CREATE TABLE t (id int PRIMARY KEY)") else {
        return;
    };
    let standby = server
        .cluster
        .standby(Cluster::builder())
        .expect("a standby");
    let database = server.url.rsplit('/').next().expect("a name");
    let session = server.session_of(&standby.url(database)).await;
    let read = segue_db::introspect(&session).await.expect("read");
    assert_eq!(read.unread, []);
    assert!(read.catalog.tables.contains_key(&qname("t")));
}
