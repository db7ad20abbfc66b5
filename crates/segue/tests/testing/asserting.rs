//! What is asserted of a schema, and what is said where it is not so.

use std::panic::{AssertUnwindSafe, catch_unwind};

use segue::testing::TestCatalog;

use super::{Project, server};

/// What an assertion that fails says.
fn said<T>(assertion: impl FnOnce() -> T) -> String {
    let assertion = AssertUnwindSafe(|| {
        let _ = assertion();
    });
    let panic = catch_unwind(assertion).expect_err("it does not hold");
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string))
        .expect("a text")
}

async fn catalog() -> Option<TestCatalog> {
    let cluster = server()?;
    let project = Project::new();
    let database = project.on(&cluster).await;
    Some(database.catalog().await.expect("it is read"))
}

#[tokio::test]
async fn what_is_there_is_asserted() {
    let Some(catalog) = catalog().await else {
        return;
    };
    catalog
        .assert_table("users")
        .has_column("id", "bigint")
        .has_column("id", "int8")
        .has_column("email", "varchar(200)")
        .has_column("email", "character varying(200)")
        .has_not_null("email")
        .has_nullable("phone")
        .has_no_column("fax")
        .has_primary_key(&["id"])
        .has_index("users_email_idx")
        .has_index("users_pkey")
        .has_index_on(&["email"])
        .has_index_on(&["id"])
        .has_no_index("users_phone_idx");
    catalog
        .assert_table("public.posts")
        .has_foreign_key(&["author"], "users")
        .has_foreign_key(&["author"], "public.users")
        .has_constraint("posts_author_fkey")
        .has_default("body", "'none'::text");
    catalog
        .assert_no_table("migrations")
        .assert_enum("mood", &["sad", "happy"]);
}

#[tokio::test]
async fn what_is_not_there_is_told_beside_what_is() {
    let Some(catalog) = catalog().await else {
        return;
    };
    let users = catalog.assert_table("users");
    for (text, expected) in [
        (
            said(|| catalog.assert_table("user")),
            "there is no table `user`; did you mean `users`?\n  tables: posts, users",
        ),
        (
            said(|| users.has_column("e_mail", "text")),
            "in the table `users` there is no column `e_mail`; did you mean `email`?\n  \
             columns: id bigint, email character varying(200), phone text",
        ),
        (
            said(|| users.has_column("id", "integer")),
            "the column `id` of `users` is of the type bigint, and integer was expected",
        ),
        (
            said(|| users.has_column("id", "bigit")),
            "`bigit` is no type that the database knows",
        ),
        (
            said(|| users.has_index("users_email_key")),
            "in the table `users` there is no index `users_email_key`; did you mean `users_email_idx`?\n  \
             indexes: users_email_idx, users_pkey",
        ),
        (
            said(|| users.has_index_on(&["phone"])),
            "in the table `users` there is no index on (phone)\n  \
             indexes: CREATE UNIQUE INDEX users_email_idx ON public.users (email);, users_pkey PRIMARY KEY (id)",
        ),
        (
            said(|| users.has_not_null("phone")),
            "the column `phone` of `users` may be NULL",
        ),
        (
            said(|| users.has_primary_key(&["email"])),
            "the primary key of `users` is [\"id\"], and [\"email\"] was expected",
        ),
        (
            said(|| users.has_foreign_key(&["id"], "posts")),
            "in the table `users` there is no foreign key from (id) to `posts`\n  \
             constraints: users_pkey PRIMARY KEY (id)",
        ),
        (
            said(|| catalog.assert_no_table("users")),
            "there is a table `users`, and none was expected",
        ),
        (
            said(|| catalog.assert_enum("mood", &["sad"])),
            "the enum `mood` has the values [\"sad\", \"happy\"], and [\"sad\"] were expected",
        ),
        (
            said(|| catalog.assert_view("totals")),
            "there is no view `totals`\n  there are no views",
        ),
    ] {
        assert_eq!(text, expected);
    }
}
