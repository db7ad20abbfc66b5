//! What a query is, as far as its text tells: whether a server can prepare it, and what it writes into which columns.

use rustc_hash::FxHashSet;
use segue_catalog::{Name, name_parts};
use squawk_lexer::{TokenKind, tokenize};
use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode},
};

/// How a server is asked about a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asks {
    /// By preparing it.
    Itself,
    /// By preparing another text, which needs the same objects: a server does not look at the names in a COPY or a LOCK when
    /// it prepares them.
    Like(String),
    /// Not at all: it names no object of a schema (`BEGIN`, `SET`).
    Nothing,
    /// Not at all: what it does cannot be told from its text, and why.
    Never(&'static str),
}

/// A name as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) schema: Option<Name>,
    pub(super) name: Name,
}

impl Written {
    fn of(node: &SyntaxNode) -> Option<Self> {
        let mut parts = name_parts(node);
        let name = parts.pop()?;
        Some(Self {
            schema: parts.pop(),
            name,
        })
    }
}

/// Rows that are written into a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Insert {
    pub(super) table: Written,
    /// The columns that are named; none where the statement has no list.
    pub(super) columns: Option<Vec<Name>>,
    /// How many values there are, where the text tells.
    pub(super) values: Option<usize>,
    /// Of the values those that are NULL in every row, by their place.
    pub(super) nulls: Vec<usize>,
    /// `COPY … FROM`: every line has exactly the columns of the table.
    pub(super) is_copy: bool,
}

/// What a query is.
#[derive(Debug, Clone)]
pub struct Form {
    /// How a server is asked.
    pub asks: Asks,
    /// Whether a server can plan it.
    pub is_planned: bool,
    pub(super) inserts: Vec<Insert>,
    /// Columns that are set to NULL.
    pub(super) nulled: Vec<(Written, Name)>,
    pub(super) names: FxHashSet<Name>,
}

impl Form {
    /// Reads a query.
    pub fn of(text: &str) -> Self {
        let parsed = segue_catalog::parse(text);
        let statement = parsed.tree().stmts().next();
        let root = parsed.syntax_node();
        let mut form = Self {
            asks: Asks::Itself,
            is_planned: false,
            inserts: Vec::new(),
            nulled: Vec::new(),
            names: names(text),
        };
        // What our parser does not know a server may know.
        let Some(statement) = statement else {
            return form;
        };
        form.asks = asks(&statement);
        form.is_planned = is_planned(&statement);
        for node in root.descendants() {
            form.read(&node);
        }
        form
    }

    /// Whether an identifier is in the text.
    pub(super) fn mentions(&self, name: &Name) -> bool {
        self.names.contains(name)
    }

    fn read(&mut self, node: &SyntaxNode) {
        if let Some(insert) = ast::Insert::cast(node.clone()) {
            self.inserts.extend(inserted(&insert));
        } else if let Some(merge) = ast::Merge::cast(node.clone()) {
            self.inserts.extend(merged(&merge));
        } else if let Some(copy) = ast::Copy::cast(node.clone()) {
            self.inserts.extend(copied(&copy));
        } else if let Some(update) = ast::Update::cast(node.clone()) {
            self.nulled.extend(nulled(&update));
        }
    }
}

/// All identifiers of a text.
fn names(text: &str) -> FxHashSet<Name> {
    let mut at = 0;
    let mut names = FxHashSet::default();
    for token in tokenize(text) {
        let word = &text[at..at + token.len as usize];
        at += token.len as usize;
        match token.kind {
            TokenKind::Ident => {
                names.insert(Name::unquoted(word));
            }
            TokenKind::QuotedIdent { .. } => {
                names.insert(Name::quoted(&word.trim_matches('"').replace("\"\"", "\"")));
            }
            TokenKind::Eof => break,
            _ => {}
        }
    }
    names
}

fn text(node: &impl AstNode) -> String {
    node.syntax().text().to_string()
}

fn is_planned(statement: &ast::Stmt) -> bool {
    use ast::Stmt;
    matches!(
        statement,
        Stmt::Select(_)
            | Stmt::CompoundSelect(_)
            | Stmt::ParenSelect(_)
            | Stmt::Values(_)
            | Stmt::Table(_)
            | Stmt::Insert(_)
            | Stmt::Update(_)
            | Stmt::Delete(_)
            | Stmt::Merge(_)
    )
}

fn asks(statement: &ast::Stmt) -> Asks {
    use ast::Stmt;
    match statement {
        _ if is_planned(statement) => Asks::Itself,
        Stmt::Call(_) | Stmt::Declare(_) | Stmt::Explain(_) => Asks::Itself,
        Stmt::Copy(copy) => of_copy(copy),
        Stmt::Truncate(truncate) => match truncate.table_list() {
            Some(list) => from(list.table_relation_names().map(|name| text(&name))),
            None => Asks::Itself,
        },
        Stmt::Lock(lock) => match lock.relation_list() {
            Some(list) => from(list.relation_names().map(|name| text(&name))),
            None => Asks::Itself,
        },
        Stmt::Refresh(refresh) => match refresh.view_ref() {
            Some(view) => from([text(&view)].into_iter()),
            None => Asks::Itself,
        },
        Stmt::Prepare(prepare) => match prepare.stmt() {
            Some(inner) => Asks::Like(text(&inner)),
            None => Asks::Itself,
        },
        Stmt::Do(_) => Asks::Never("what a DO block does is not known before it runs"),
        Stmt::SelectInto(_) | Stmt::CreateTableAs(_) => Asks::Never("it makes a table"),
        Stmt::Execute(_) => Asks::Never("it runs a statement that was prepared elsewhere"),
        Stmt::Begin(_)
        | Stmt::Commit(_)
        | Stmt::Rollback(_)
        | Stmt::SavepointCreate(_)
        | Stmt::ReleaseSavepoint(_)
        | Stmt::PrepareTransaction(_)
        | Stmt::Set(_)
        | Stmt::SetRole(_)
        | Stmt::SetSessionAuth(_)
        | Stmt::SetTransaction(_)
        | Stmt::SetConstraints(_)
        | Stmt::Reset(_)
        | Stmt::ResetRole(_)
        | Stmt::ResetSessionAuth(_)
        | Stmt::Show(_)
        | Stmt::Fetch(_)
        | Stmt::Move(_)
        | Stmt::Close(_)
        | Stmt::Deallocate(_)
        | Stmt::Discard(_)
        | Stmt::Listen(_)
        | Stmt::Unlisten(_)
        | Stmt::Notify(_)
        | Stmt::Checkpoint(_)
        | Stmt::Load(_)
        | Stmt::Vacuum(_)
        | Stmt::Analyze(_)
        | Stmt::EmptyStmt(_) => Asks::Nothing,
        _ => Asks::Never("it changes the schema or its rights"),
    }
}

/// A query that needs these relations, and gives no column.
fn from(relations: impl Iterator<Item = String>) -> Asks {
    let relations: Vec<String> = relations.collect();
    Asks::Like(format!("SELECT FROM {}", relations.join(", ")))
}

fn of_copy(copy: &ast::Copy) -> Asks {
    if let Some(query) = copy.copy_query().and_then(|query| query.preparable_stmt()) {
        return Asks::Like(text(&query));
    }
    let Some((table, list)) = copy.copy_table().and_then(|table| {
        let name = table.table_name_ref()?;
        Some((text(&name), table.column_ref_list()))
    }) else {
        return Asks::Itself;
    };
    let columns = match list {
        Some(list) => text(&list).trim().trim_matches(['(', ')']).to_owned(),
        None => "*".to_owned(),
    };
    Asks::Like(format!("SELECT {columns} FROM {table}"))
}

fn targets(list: &ast::ColumnTargetList) -> Vec<Name> {
    let targets = list.column_targets();
    let named = targets.filter_map(|target| {
        let written = text(&target.name()?);
        Some(unquoted(&written))
    });
    named.collect()
}

fn unquoted(written: &str) -> Name {
    let written = written.trim();
    match written
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
    {
        Some(inner) => Name::quoted(&inner.replace("\"\"", "\"")),
        None => Name::unquoted(written),
    }
}

/// How many values each row has, and which are NULL in all of them.
fn values(values: &ast::Values) -> (Option<usize>, Vec<usize>) {
    let Some(rows) = values.row_list() else {
        return (None, Vec::new());
    };
    let (mut count, mut nulls) = (None, None::<Vec<usize>>);
    for row in rows.rows() {
        let texts: Vec<String> = row.exprs().map(|value| text(&value)).collect();
        count = Some(texts.len());
        let is_null = |at: &usize| texts[*at].trim().eq_ignore_ascii_case("null");
        nulls = Some(match nulls {
            None => (0..texts.len()).filter(is_null).collect(),
            Some(before) => before
                .into_iter()
                .filter(|at| *at < texts.len() && is_null(at))
                .collect(),
        });
    }
    (count, nulls.unwrap_or_default())
}

fn inserted(insert: &ast::Insert) -> Option<Insert> {
    let table = Written::of(insert.relation_name_ref()?.syntax())?;
    let columns = insert.column_target_list().map(|list| targets(&list));
    let source = insert.insert_source();
    let mut found = Insert {
        table,
        columns,
        values: None,
        nulls: Vec::new(),
        is_copy: false,
    };
    match source {
        Some(ast::InsertSource::DefaultValues(_)) => found.columns = Some(Vec::new()),
        Some(ast::InsertSource::SelectVariant(source)) => {
            if let Some(given) = ast::Values::cast(source.syntax().clone()) {
                (found.values, found.nulls) = values(&given);
            } else if let Some(select) = ast::Select::cast(source.syntax().clone()) {
                found.values = selected(&select);
            }
        }
        None => {}
    }
    Some(found)
}

/// How many columns a SELECT gives; not told of one with a star.
fn selected(select: &ast::Select) -> Option<usize> {
    let list = select.select_clause()?.target_list()?;
    let targets: Vec<String> = list.targets().map(|target| text(&target)).collect();
    let has_star = targets.iter().any(|target| target.trim().ends_with('*'));
    (!has_star).then_some(targets.len())
}

fn merged(merge: &ast::Merge) -> Vec<Insert> {
    let table = merge.table_relation_name();
    let table = table.and_then(|name| Written::of(name.table_name_ref()?.syntax()));
    let Some(table) = table else {
        return Vec::new();
    };
    let nodes = merge.syntax().descendants();
    let inserts = nodes.filter_map(ast::MergeInsert::cast).map(|insert| {
        let columns = insert.column_target_list().map(|list| targets(&list));
        let (count, nulls) = insert
            .values()
            .map_or((None, Vec::new()), |given| values(&given));
        Insert {
            table: table.clone(),
            columns: match insert.default_values() {
                Some(_) => Some(Vec::new()),
                None => columns,
            },
            values: count,
            nulls,
            is_copy: false,
        }
    });
    inserts.collect()
}

fn copied(copy: &ast::Copy) -> Option<Insert> {
    let Some(ast::CopyDirection::CopyFrom(_)) = copy.copy_direction() else {
        return None;
    };
    let table = copy.copy_table()?;
    let columns = table.column_ref_list().map(|list| {
        let written = text(&list);
        let inner = written.trim().trim_matches(['(', ')']);
        inner.split(',').map(unquoted).collect::<Vec<_>>()
    });
    Some(Insert {
        table: Written::of(table.table_name_ref()?.syntax())?,
        columns,
        values: None,
        nulls: Vec::new(),
        is_copy: true,
    })
}

fn nulled(update: &ast::Update) -> Vec<(Written, Name)> {
    let table = update.relation_name();
    let table = table.and_then(|name| Written::of(name.relation_name_ref()?.syntax()));
    let (Some(table), Some(set)) = (table, update.set_clause()) else {
        return Vec::new();
    };
    let columns = set.set_column_list().into_iter();
    let single = columns.flat_map(|list| list.set_columns());
    let nulled = single.filter_map(|column| {
        let ast::SetColumn::SetSingleColumn(column) = column else {
            return None;
        };
        let value = text(&column.set_expr()?);
        let is_null = value.trim().eq_ignore_ascii_case("null");
        let name = column.column_target()?.name()?;
        is_null.then(|| (table.clone(), unquoted(&text(&name))))
    });
    nulled.collect()
}
