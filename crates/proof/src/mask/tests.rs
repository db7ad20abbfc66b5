use super::*;
use crate::rows::tests::catalog as schema;

const SCHEMA: &str = "CREATE SCHEMA app; \
     CREATE TYPE app.state AS ENUM ('new'); CREATE DOMAIN app.mail AS varchar(80); \
     CREATE TABLE app.users (email app.mail PRIMARY KEY, name text NOT NULL, age int, state app.state, about jsonb); \
     CREATE TABLE app.logins (id int PRIMARY KEY, email varchar(80) REFERENCES app.users, at timestamptz, notes text[]);";

fn treated(rules: &[(&str, Treatment)], table: &str, column: &str) -> Treatment {
    let catalog = schema(SCHEMA);
    let masks = Masks {
        rules: rules
            .iter()
            .map(|(column, treatment)| Rule {
                column: (*column).to_owned(),
                treatment: *treatment,
            })
            .collect(),
        ..Masks::default()
    };
    let table = QName::new("app", table);
    let columns = catalog.tables.get(&table).expect("a table");
    masks.of(&catalog, &table, columns.column(column).expect("a column"))
}

#[test]
fn texts_are_masked_unless_something_else_is_said() {
    for (table, column, treatment) in [
        ("users", "email", Treatment::Fake),
        ("users", "about", Treatment::Fake),
        ("users", "age", Treatment::Keep),
        ("users", "state", Treatment::Keep),
        ("logins", "at", Treatment::Keep),
        ("logins", "notes", Treatment::Fake),
    ] {
        assert_eq!(treated(&[], table, column), treatment, "{table}.{column}");
    }
    let rules = [
        ("users.*", Treatment::Keep),
        ("app.users.name", Treatment::Null),
        ("other.users.email", Treatment::Null),
    ];
    assert_eq!(treated(&rules, "users", "name"), Treatment::Null);
    assert_eq!(treated(&rules, "users", "email"), Treatment::Keep);
}

#[test]
fn what_refers_to_a_column_is_treated_as_that() {
    let rules = [("users.email", Treatment::Hash)];
    assert_eq!(treated(&rules, "logins", "email"), Treatment::Hash);
    let rules = [
        ("users.email", Treatment::Hash),
        ("logins.email", Treatment::Null),
    ];
    assert_eq!(treated(&rules, "logins", "email"), Treatment::Null);
}

#[test]
fn rules_that_cannot_be_meant_are_told() {
    let catalog = schema(SCHEMA);
    let wrong = |column: &str, treatment| {
        let masks = Masks {
            rules: vec![Rule {
                column: column.to_owned(),
                treatment,
            }],
            ..Masks::default()
        };
        let wrong = masks.wrong(&catalog);
        wrong.first().map(|(_, why)| why.clone())
    };
    assert_eq!(
        wrong("users.emial", Treatment::Hash).as_deref(),
        Some("there is no column users.emial")
    );
    assert_eq!(
        wrong("users.name", Treatment::Null).as_deref(),
        Some("app.users.name may not be NULL")
    );
    assert!(wrong("users.age", Treatment::Fake).is_some_and(|why| why.contains("is integer")));
    assert_eq!(wrong("users.age", Treatment::Null), None);
    assert_eq!(wrong("users.*", Treatment::Fake), None);
}

fn fake(family: Family, value: &str) -> String {
    masked(Treatment::Fake, family, value, b"secret").expect("a value")
}

#[test]
fn a_fake_has_the_form_of_the_value_and_is_the_same_for_the_same() {
    let text = Family::Text(None);
    let mail = fake(text, "Ada.Lovelace+1815@example.com");
    assert_ne!(mail, "Ada.Lovelace+1815@example.com");
    let form: String = (mail.chars())
        .map(|letter| match letter {
            'a'..='z' => 'a',
            'A'..='Z' => 'A',
            '0'..='9' => '0',
            other => other,
        })
        .collect();
    assert_eq!(form, "Aaa.Aaaaaaaa+0000@aaaaaaa.aaa");
    assert_eq!(mail, fake(text, "Ada.Lovelace+1815@example.com"));
    let other = masked(
        Treatment::Fake,
        text,
        "Ada.Lovelace+1815@example.com",
        b"other",
    );
    assert_ne!(other, Some(mail));
    assert_eq!(fake(text, "Žižkov čtvrť").chars().count(), 12);
    assert_eq!(fake(text, ""), "");
}

#[test]
fn other_families_stay_values_of_their_type() {
    let json = fake(Family::Json, r#"{"name": "Ada", "tags": ["x1", 7, null]}"#);
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["tags"][1], 7);
    assert!(json["tags"][2].is_null());
    assert_ne!(json["name"], "Ada");
    let texts = fake(Family::Texts, r#"{NULL,"a \"b\", c",plain,"NULL"}"#);
    assert!(texts.starts_with("{NULL,\""), "{texts}");
    assert_eq!(texts.matches("\\\"").count(), 2, "{texts}");
    assert!(
        !texts.contains("plain") && !texts.contains("\"NULL\""),
        "{texts}"
    );
    assert!(fake(Family::Bytes, "\\x00ff").starts_with("\\x"));
    assert!(fake(Family::Address, "192.0.2.7").starts_with("10."));
}

#[test]
fn a_hash_fits_into_its_column() {
    let hash = |family| masked(Treatment::Hash, family, "Ada", b"secret").expect("a value");
    assert_eq!(hash(Family::Text(None)).len(), 32);
    assert_eq!(hash(Family::Text(Some(10))).len(), 10);
    assert!(hash(Family::Text(None)).starts_with(&hash(Family::Text(Some(10)))));
    assert_eq!(masked(Treatment::Null, Family::Other, "7", b""), None);
    assert_eq!(
        masked(Treatment::Fake, Family::Other, "7", b"").as_deref(),
        Some("7")
    );
}
