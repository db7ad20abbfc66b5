//! A column as a statement defines it: what belongs to the column itself, and which constraints and sequences
//! it brings along (`transformColumnDefinition` in `parse_utilcmd.c`).

use std::collections::BTreeSet;

use segue_sql::Problem;
use squawk_syntax::ast::{self, AstNode};

use super::{
    super::{Context, expression, names, types},
    column_details,
    constraint::{self, Pending},
    sequence,
};
use crate::{
    DataType, Expr, Name, Privileges, QName, choose,
    model::{Column, Generated, Identity, NotNull, Parameters, Persistence, Sequence},
};

/// A column, and what comes with it.
pub(super) struct Defined {
    pub(super) column: Column,
    /// Checks, keys and foreign keys that stand with it.
    pub(super) constraints: Vec<Pending>,
    /// The sequence of a `serial`.
    pub(super) sequence: Option<(QName, Sequence)>,
    /// Whether a NOT NULL is wanted, with the name that is given to it.
    pub(super) not_null: Option<WantedNotNull>,
}

/// A NOT NULL that is wanted.
#[derive(Default, Clone)]
pub(super) struct WantedNotNull {
    pub(super) name: Option<Name>,
    pub(super) no_inherit: bool,
    pub(super) not_valid: bool,
}

/// The words of a column's definition, wherever they stand.
pub(super) struct Words {
    pub(super) name: Name,
    pub(super) ty: Option<ast::Type>,
    pub(super) collate: Option<ast::Collate>,
    pub(super) storage: Option<ast::StorageMode>,
    pub(super) compression: Option<ast::CompressionMethodName>,
    pub(super) foreign_options: Option<ast::AlterOptionList>,
    pub(super) constraints: Vec<ast::Constraint>,
}

impl Words {
    /// Of a column in `CREATE TABLE`.
    pub(super) fn of_column(column: &ast::Column) -> Option<Self> {
        let mut words = Self {
            name: names::name(&column.name()?),
            ty: column.ty(),
            collate: None,
            storage: None,
            compression: None,
            foreign_options: None,
            constraints: Vec::new(),
        };
        for clause in column.clauses() {
            match clause {
                ast::ColumnClause::Storage(storage) => words.storage = storage.storage_mode(),
                ast::ColumnClause::CompressionMethod(method) => {
                    words.compression = method.compression_method_name();
                }
                ast::ColumnClause::WithOptions(_) => {}
                ast::ColumnClause::AlterOptionList(list) => words.foreign_options = Some(list),
                ast::ColumnClause::Collate(collate) => words.collate = Some(collate),
                ast::ColumnClause::ColumnConstraint(constraint) => {
                    let node = constraint.syntax().clone();
                    words.constraints.extend(ast::Constraint::cast(node));
                }
            }
        }
        Some(words)
    }

    /// Of `ADD COLUMN`.
    pub(super) fn of_added(column: &ast::AddColumn) -> Option<Self> {
        Some(Self {
            name: names::name(&column.column_name()?),
            ty: column.ty(),
            collate: column.collate(),
            storage: None,
            compression: None,
            foreign_options: column.alter_option_list(),
            constraints: column.constraints().collect(),
        })
    }
}

/// Makes the column of these words. `before`: what the column is where the words only add to it (`OF type`,
/// `PARTITION OF`).
pub(super) fn define(
    context: &mut Context<'_>,
    words: &Words,
    table: &QName,
    persistence: Persistence,
    before: Option<&Column>,
) -> Option<Defined> {
    let mut defined = Defined {
        column: match before {
            Some(before) => before.clone(),
            None => typed(context, words)?,
        },
        constraints: Vec::new(),
        sequence: None,
        not_null: None,
    };
    if before.is_none() && words.ty.as_ref().and_then(types::serial).is_some() {
        add_serial(context, &mut defined, table, persistence);
    }
    details(context, words, &mut defined.column)?;
    for written in &words.constraints {
        add_constraint(context, &mut defined, written, table)?;
    }
    if defined.column.identity.is_some() && defined.not_null.is_none() {
        defined.not_null = Some(WantedNotNull::default());
    }
    Some(defined)
}

fn typed(context: &mut Context<'_>, words: &Words) -> Option<Column> {
    let ty = words.ty.as_ref()?;
    let data_type = match types::serial(ty) {
        Some(integer) => integer,
        None => context.data_type(ty)?,
    };
    Some(Column::new(words.name.clone(), data_type))
}

fn details(context: &mut Context<'_>, words: &Words, column: &mut Column) -> Option<()> {
    if let Some(collate) = &words.collate {
        column.collation = super::collation(context, collate);
    }
    if let Some(mode) = &words.storage {
        let mode = mode.syntax().text().to_string();
        column.storage = column_details::storage(context, &column.data_type, &mode);
    }
    if let Some(method) = &words.compression {
        column.compression = column_details::compression(&method.syntax().text().to_string());
    }
    if let Some(list) = &words.foreign_options {
        column.foreign_options = expression::foreign_options(list, &Parameters::new());
    }
    Some(())
}

/// `serial` is an integer with a sequence of its own as its default (`generateSerialExtraStmts`).
fn add_serial(
    context: &mut Context<'_>,
    defined: &mut Defined,
    table: &QName,
    persistence: Persistence,
) {
    let column = &mut defined.column;
    let parts = (table.name.as_str(), Some(column.name.as_str()), "seq");
    let chosen = choose::relation(&context.catalog, &table.schema, parts, None);
    let name = table.sibling(chosen);
    let options = crate::model::SequenceOptions::of(column.data_type.clone());
    let mut sequence = sequence::plain(options, context.session.role.clone());
    sequence.owned_by = Some((table.clone(), column.name.clone()));
    sequence.persistence = persistence;
    column.default = Some(Expr::printed(nextval(&name)));
    defined.sequence = Some((name, sequence));
    defined.not_null = Some(WantedNotNull::default());
}

/// The default of a `serial` as the server prints it.
fn nextval(sequence: &QName) -> String {
    let literal = crate::quote::plain_literal(&sequence.to_string());
    format!("nextval({literal}::regclass)")
}

fn add_constraint(
    context: &mut Context<'_>,
    defined: &mut Defined,
    written: &ast::Constraint,
    table: &QName,
) -> Option<()> {
    let column = &mut defined.column;
    match written {
        ast::Constraint::NotNullConstraint(not_null) => {
            let options = constraint::options(not_null.constraint_options());
            defined.not_null = Some(WantedNotNull {
                name: written.constraint_name().map(|name| names::name(&name)),
                no_inherit: options.no_inherit.unwrap_or(false),
                not_valid: options.not_valid,
            });
        }
        ast::Constraint::NullConstraint(_) => {}
        ast::Constraint::DefaultConstraint(default) => {
            column.default = column_details::default(context, &default.expr()?, &column.data_type);
        }
        ast::Constraint::GeneratedConstraint(generated) => match generated.generated_as()? {
            ast::GeneratedAs::GeneratedStored(stored) => {
                column.generated = Some(self::generated(&stored)?);
            }
            ast::GeneratedAs::GeneratedIdentity(identity) => {
                column.identity = Some(self::identity(
                    context,
                    &identity,
                    identity.generated_when(),
                    identity.sequence_option_list(),
                    (table, &column.name, &column.data_type),
                )?);
            }
        },
        _ => defined.constraints.push(Pending {
            written: written.clone(),
            column: Some(column.name.clone()),
        }),
    }
    Some(())
}

fn generated(stored: &ast::GeneratedStored) -> Option<Generated> {
    Some(Generated {
        expression: expression::expr(&stored.expr()?),
        stored: matches!(stored.generated_kind(), Some(ast::GeneratedKind::Stored(_))),
    })
}

/// `GENERATED … AS IDENTITY`: the sequence has the column's type, and a name like that of a `serial`.
pub(super) fn identity(
    context: &mut Context<'_>,
    node: &impl AstNode,
    when: Option<ast::GeneratedWhen>,
    list: Option<ast::SequenceOptionList>,
    (table, column, data_type): (&QName, &Name, &DataType),
) -> Option<Identity> {
    let written: Vec<ast::SequenceOption> = list
        .map(|list| list.sequence_options().collect())
        .unwrap_or_default();
    let base = column_details::base_type(context, data_type);
    if !["smallint", "integer", "bigint"]
        .iter()
        .any(|name| base.is(name))
    {
        let message = "identity column type must be smallint, integer, or bigint";
        context.problem(node.syntax(), message);
        return None;
    }
    let options = context.new_sequence_options(node, written.iter().cloned(), Some(base))?;
    let given = written.iter().find_map(|option| match option {
        ast::SequenceOption::OptionSequenceName(name) => name.sequence(),
        _ => None,
    });
    let sequence = match given {
        Some(name) => {
            let written = names::written(&name);
            QName::new(
                written.schema.unwrap_or_else(|| table.schema.clone()),
                written.name,
            )
        }
        None => {
            let parts = (table.name.as_str(), Some(column.as_str()), "seq");
            table.sibling(choose::relation(
                &context.catalog,
                &table.schema,
                parts,
                None,
            ))
        }
    };
    Some(Identity {
        always: matches!(when, Some(ast::GeneratedWhen::GeneratedAlways(_))),
        sequence,
        options,
        privileges: Privileges::default(),
        comment: None,
    })
}

impl Context<'_> {
    /// The NOT NULL that is wanted, named as the server of this version names it: constraints from 18 on
    /// (`ChooseConstraintName`), a flag before.
    pub(super) fn not_null(
        &self,
        wanted: &WantedNotNull,
        table: &QName,
        column: &Name,
        taken: &mut BTreeSet<Name>,
    ) -> NotNull {
        if self.catalog.major < 18 {
            return NotNull::named(None);
        }
        let name = wanted.name.clone().unwrap_or_else(|| {
            let parts = (table.name.as_str(), Some(column.as_str()), "not_null");
            choose::constraint(&self.catalog, &table.schema, parts, taken)
        });
        taken.insert(name.clone());
        NotNull {
            no_inherit: wanted.no_inherit,
            validated: !wanted.not_valid,
            ..NotNull::named(Some(name))
        }
    }
}

/// Two columns of one table cannot have the same name.
pub(super) fn twice(context: &mut Context<'_>, node: &impl AstNode, name: &Name) {
    let message = format!("column \"{}\" specified more than once", name.as_str());
    context.report(node.syntax(), Problem::new(message));
}
