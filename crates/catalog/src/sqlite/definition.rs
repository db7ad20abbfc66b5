//! What only the text of a `CREATE TABLE` tells: checks, names of constraints, collations, what a generated
//! column is computed from. Everything else comes from pragmas.

use sqlparser::{
    ast::{
        ColumnDef, ColumnOption, ConstraintCharacteristics, DeferrableInitial, Expr,
        ForeignKeyConstraint, Ident, IndexColumn, ObjectName, OrderBySort, ReferentialAction,
        TableConstraint,
    },
    dialect::SQLiteDialect,
    keywords::Keyword,
    parser::Parser,
    tokenizer::{Token, Tokenizer},
};

use super::{Column, Constraint, ConstraintKind, IndexKey, Name, Reference, Table, Text};

/// Adds to a table what its statement tells. Where that cannot be read, the table keeps what it has, and the
/// statement as text.
pub fn complete(table: &mut Table, statement: &str) {
    match parse(statement) {
        Some((columns, constraints)) => {
            table.constraints.clear();
            for column in &columns {
                read_column(table, column);
            }
            let constraints = constraints.iter().filter_map(table_constraint);
            table.constraints.extend(constraints);
        }
        None => table.unparsed = Some(Text::new(statement)),
    }
}

/// What stands between the brackets. The parser is asked for that alone: asked for a statement, it brings what reads
/// every other kind of statement of every dialect into the binary.
fn parse(statement: &str) -> Option<(Vec<ColumnDef>, Vec<TableConstraint>)> {
    let tokens = Tokenizer::new(&SQLiteDialect {}, statement)
        .tokenize()
        .ok()?;
    let mut parser = Parser::new(&SQLiteDialect {}).with_tokens(with_commas(tokens));
    parser.expect_keyword(Keyword::CREATE).ok()?;
    let _ = parser.parse_one_of_keywords(&[Keyword::TEMP, Keyword::TEMPORARY]);
    parser.expect_keyword(Keyword::TABLE).ok()?;
    let _ = parser.parse_keywords(&[Keyword::IF, Keyword::NOT, Keyword::EXISTS]);
    parser.parse_object_name(false).ok()?;
    parser.parse_columns().ok()
}

/// SQLite does without the comma before a table constraint (`tconscomma` of its grammar, parse.y), the parser
/// does not. `FOREIGN KEY` begins nothing else; before other constraints it could be a column's.
fn with_commas(tokens: Vec<Token>) -> Vec<Token> {
    let mut mended: Vec<Token> = Vec::with_capacity(tokens.len());
    // The last two tokens that are not blanks.
    let (mut before, mut last) = (Token::EOF, Token::EOF);
    for token in tokens {
        let begins_one = is_word(&token, Keyword::FOREIGN)
            && !matches!(last, Token::Comma | Token::LParen)
            && !is_word(&before, Keyword::CONSTRAINT);
        if begins_one {
            mended.push(Token::Comma);
        }
        if !matches!(token, Token::Whitespace(_)) {
            before = std::mem::replace(&mut last, token.clone());
        }
        mended.push(token);
    }
    mended
}

fn is_word(token: &Token, keyword: Keyword) -> bool {
    matches!(token, Token::Word(word) if word.keyword == keyword)
}

/// One column's options. A name, `ON CONFLICT` and `DESC` belong to the option before them.
fn read_column(table: &mut Table, definition: &ColumnDef) {
    let name = Name::new(&definition.name.value);
    let Some(column) = table.columns.iter_mut().find(|column| column.name == name) else {
        return;
    };
    let mut constraints: Vec<Constraint> = Vec::new();
    for option in &definition.options {
        let given = option.name.as_ref().map(|name| Name::new(&name.value));
        match &option.option {
            ColumnOption::OnConflict(action) => {
                if let Some(last) = constraints.last_mut() {
                    last.on_conflict = Some(format!("{action:?}").to_uppercase());
                }
            }
            ColumnOption::DialectSpecific(tokens) => {
                specific(tokens, column, constraints.last_mut());
            }
            option => {
                attribute(column, option);
                constraints.extend(column_constraint(&name, option, given));
            }
        }
    }
    table.constraints.extend(constraints);
}

/// `AUTOINCREMENT`, and the direction of a `PRIMARY KEY`.
fn specific(tokens: &[Token], column: &mut Column, last: Option<&mut Constraint>) {
    let says = |word: &str| tokens.iter().any(|token| token.to_string() == word);
    column.autoincrement |= says("AUTOINCREMENT");
    if says("DESC")
        && let Some(ConstraintKind::PrimaryKey(keys)) = last.map(|constraint| &mut constraint.kind)
    {
        keys.iter_mut().for_each(|key| key.descending = true);
    }
}

/// What an option says of the column itself.
fn attribute(column: &mut Column, option: &ColumnOption) {
    match option {
        ColumnOption::Collation(name) => column.collation = last_part(name),
        ColumnOption::Generated {
            generation_expr: Some(expression),
            ..
        } => {
            if let Some(generated) = &mut column.generated {
                generated.expression = Some(text(expression));
            }
        }
        _ => {}
    }
}

fn column_constraint(
    column: &Name,
    option: &ColumnOption,
    given: Option<Name>,
) -> Option<Constraint> {
    let key = || vec![IndexKey::column(column.as_str())];
    let (name, kind) = match option {
        ColumnOption::PrimaryKey(found) => (&found.name, ConstraintKind::PrimaryKey(key())),
        ColumnOption::Unique(found) => (&found.name, ConstraintKind::Unique(key())),
        ColumnOption::Check(found) => (&found.name, ConstraintKind::Check(text(&found.expr))),
        ColumnOption::ForeignKey(found) => {
            let mut reference = reference(found);
            reference.columns = vec![column.clone()];
            (&found.name, ConstraintKind::ForeignKey(reference))
        }
        _ => return None,
    };
    Some(constraint(name_of(name.as_ref()).or(given), kind))
}

fn table_constraint(found: &TableConstraint) -> Option<Constraint> {
    let (name, kind) = match found {
        TableConstraint::PrimaryKey(found) => (
            &found.name,
            ConstraintKind::PrimaryKey(keys(&found.columns)),
        ),
        TableConstraint::Unique(found) => {
            (&found.name, ConstraintKind::Unique(keys(&found.columns)))
        }
        TableConstraint::Check(found) => (&found.name, ConstraintKind::Check(text(&found.expr))),
        TableConstraint::ForeignKey(found) => {
            (&found.name, ConstraintKind::ForeignKey(reference(found)))
        }
        _ => return None,
    };
    Some(constraint(name_of(name.as_ref()), kind))
}

fn constraint(name: Option<Name>, kind: ConstraintKind) -> Constraint {
    Constraint {
        name,
        kind,
        on_conflict: None,
    }
}

fn keys(columns: &[IndexColumn]) -> Vec<IndexKey> {
    columns.iter().map(key).collect()
}

fn key(column: &IndexColumn) -> IndexKey {
    let (expression, collation) = match &column.column.expr {
        Expr::Collate { expr, collation } => (expr.as_ref(), last_part(collation)),
        other => (other, None),
    };
    let name = match expression {
        Expr::Identifier(name) => Some(Name::new(&name.value)),
        _ => None,
    };
    IndexKey {
        column: name,
        collation,
        descending: column.column.options.sort == Some(OrderBySort::Desc),
    }
}

fn reference(found: &ForeignKeyConstraint) -> Reference {
    let names = |idents: &[Ident]| idents.iter().map(|name| Name::new(&name.value)).collect();
    Reference {
        columns: names(&found.columns),
        table: last_part(&found.foreign_table).unwrap_or_else(|| Name::new("")),
        referenced: names(&found.referred_columns),
        on_update: action(found.on_update.as_ref()),
        on_delete: action(found.on_delete.as_ref()),
        deferred: found.characteristics.as_ref().is_some_and(is_deferred),
    }
}

/// As `PRAGMA foreign_key_list` prints it.
fn action(action: Option<&ReferentialAction>) -> String {
    action.map_or_else(|| "NO ACTION".to_owned(), ToString::to_string)
}

/// Deferred only where both are said (foreignkeys.html, "Deferred Foreign Key Constraints").
fn is_deferred(said: &ConstraintCharacteristics) -> bool {
    said.deferrable == Some(true) && said.initially == Some(DeferrableInitial::Deferred)
}

fn last_part(name: &ObjectName) -> Option<Name> {
    let part = name.0.last()?.as_ident()?;
    Some(Name::new(&part.value))
}

fn name_of(name: Option<&Ident>) -> Option<Name> {
    name.map(|name| Name::new(&name.value))
}

fn text(expression: &Expr) -> Text {
    Text::new(expression.to_string())
}
