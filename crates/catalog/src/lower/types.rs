//! Types as a statement writes them, to the type that the server makes of them (`parse_type.c`, `gram.y`).

use segue_sql::Problem;
use squawk_syntax::ast::{self, AstNode, is_quoted_name_node};

use super::{
    Context, builtin_types, expression, extensions,
    names::{self, Written},
    suggest,
};
use crate::{DataType, Name, QName, catalog::Relation};

/// The type behind `serial` and its kin, which are no types but an abbreviation (datatype-numeric.html).
pub(crate) fn serial(ty: &ast::Type) -> Option<DataType> {
    let ast::Type::PathType(path) = ty else {
        return None;
    };
    let written = names::written(path);
    if written.schema.is_some() {
        return None;
    }
    Some(DataType::builtin(match written.name.as_str() {
        "smallserial" | "serial2" => "smallint",
        "serial" | "serial4" => "integer",
        "bigserial" | "serial8" => "bigint",
        _ => return None,
    }))
}

/// Whether `SETOF` stands in front.
pub(crate) fn is_setof(node: &impl AstNode) -> bool {
    let first = node.syntax().first_token();
    first.is_some_and(|token| token.text().eq_ignore_ascii_case("setof"))
}

impl Context<'_> {
    /// The type that is written; a problem where there is none of the name.
    pub(crate) fn data_type(&mut self, ty: &ast::Type) -> Option<DataType> {
        match ty {
            ast::Type::ArrayType(array) => Some(self.data_type(&array.ty()?)?.array_of()),
            ast::Type::PathType(path) => self.named_type(path),
            other => of_keywords(other),
        }
    }

    /// The type of an argument or a result: also `table.column%TYPE`. Whether it is a set: [`is_setof`].
    pub(crate) fn func_type(&mut self, ty: &ast::FuncType) -> Option<DataType> {
        match ty {
            ast::FuncType::Type(ty) => self.data_type(ty),
            ast::FuncType::PercentType(percent) => self.type_of_column(percent),
        }
    }

    /// `table.column%TYPE`.
    fn type_of_column(&mut self, percent: &ast::PercentType) -> Option<DataType> {
        let (table, column) = names::written_column(percent);
        let table = table?;
        match self.find_relation(&table) {
            Some((name, Relation::Table)) => {
                let found = self.catalog.tables.get(&name)?;
                let data_type = found.column(&column).map(|found| found.data_type.clone());
                if data_type.is_none() {
                    let message = format!(
                        "column \"{}\" of relation \"{}\" does not exist",
                        column.as_str(),
                        name.name.as_str()
                    );
                    self.problem(percent.syntax(), message);
                }
                data_type
            }
            Some(_) => {
                self.unknown("a type that is taken from a view's column");
                None
            }
            None => {
                self.missing_relation(percent, "relation", &table);
                None
            }
        }
    }

    fn named_type(&mut self, path: &ast::PathType) -> Option<DataType> {
        let written = names::written(path);
        let modifiers = modifiers(path.arg_list());
        let quoted = path
            .path_ref()
            .and_then(|path| path.segment())
            .is_some_and(|segment| is_quoted_name_node(segment.syntax()));
        if written.schema.is_none() && !quoted {
            if written.name == "float" && !modifiers.is_empty() {
                return Some(float(&modifiers[0]));
            }
            if let Some(builtin) = builtin_types::keyword(&written.name) {
                return Some(modified(DataType::builtin(builtin), &modifiers));
            }
        }
        let Some(found) = self.find_type(&written) else {
            self.missing_type(path, &written);
            return None;
        };
        Some(modified(found, &modifiers))
    }

    /// The type that a name stands for, without modifiers; also `_name`, the array of it.
    pub(crate) fn find_type(&self, written: &Written) -> Option<DataType> {
        let schemas = match &written.schema {
            Some(schema) => vec![schema.clone()],
            None => self.search_path(),
        };
        schemas
            .into_iter()
            .find_map(|schema| self.type_in(&QName::new(schema, written.name.clone())))
            .or_else(|| {
                let schema = extensions::unknown_source(&self.catalog)?;
                let elsewhere = written.schema.as_ref().is_some_and(|one| one != schema);
                let name = QName::new(schema.clone(), written.name.clone());
                (!elsewhere).then(|| DataType::named(name))
            })
    }

    fn type_in(&self, name: &QName) -> Option<DataType> {
        if let Some(found) = self.scalar_in(name) {
            return Some(found);
        }
        let element = name.name.strip_prefix('_')?;
        Some(self.scalar_in(&name.sibling(element))?.array_of())
    }

    fn scalar_in(&self, name: &QName) -> Option<DataType> {
        if name.schema == "pg_catalog" {
            if let Some(printed) = builtin_types::printed(&name.name) {
                return Some(DataType::builtin(printed));
            }
            // the rows of the server's own tables
            let row = name.name.starts_with("pg_");
            return row.then(|| DataType::named(name.clone()));
        }
        let known = name.schema == "information_schema" || self.is_type(name);
        known.then(|| DataType::named(name.clone()))
    }

    /// Says that there is no such type, and which one may have been meant.
    pub(crate) fn missing_type(&mut self, node: &impl AstNode, written: &Written) {
        if let Some(schema) = &written.schema
            && !self.check_schema(node, &schema.clone())
        {
            return;
        }
        let mut problem = Problem::new(format!("type \"{written}\" does not exist"));
        if let Some(meant) = suggest::type_name(self, written) {
            problem = problem.help(format!("did you mean {meant}?"));
        }
        self.report(node.syntax(), problem);
    }
}

/// A type that the grammar itself makes of words of its own; `None` for arrays and names.
pub(crate) fn of_keywords(ty: &ast::Type) -> Option<DataType> {
    Some(match ty {
        ast::Type::ArrayType(_) | ast::Type::PathType(_) => return None,
        ast::Type::VarcharType(varchar) => {
            with_length("character varying", varchar.arg_list(), None)
        }
        ast::Type::CharacterType(character) => {
            with_length("character", character.arg_list(), Some("1"))
        }
        ast::Type::BitType(bit) => with_length("bit", bit.arg_list(), Some("1")),
        ast::Type::BitVaryingType(bit) => with_length("bit varying", bit.arg_list(), None),
        ast::Type::DoubleType(_) => DataType::builtin("double precision"),
        ast::Type::TimeType(time) => zoned("time", time.literal(), time.timezone()),
        ast::Type::TimestampType(stamp) => zoned("timestamp", stamp.literal(), stamp.timezone()),
        ast::Type::IntervalType(interval) => interval_type(interval),
    })
}

/// What stands in the parentheses behind a type's name.
pub(crate) fn modifiers(list: Option<ast::ArgList>) -> Vec<String> {
    let Some(list) = list else {
        return Vec::new();
    };
    list.args()
        .map(|arg| expression::value_text(arg.syntax()))
        .collect()
}

fn with_length(name: &str, list: Option<ast::ArgList>, default: Option<&str>) -> DataType {
    let given = modifiers(list);
    let length = given.first().map(String::as_str).or(default);
    match length {
        Some(length) => DataType::builtin(name).with_modifier(length),
        None => DataType::builtin(name),
    }
}

/// `float(n)`: the precision chooses the type and is gone.
pub(crate) fn float(precision: &str) -> DataType {
    match precision.parse::<u32>() {
        Ok(bits) if bits <= 24 => DataType::builtin("real"),
        _ => DataType::builtin("double precision"),
    }
}

/// A fraction of a second has six digits at most; more are cut with a warning (`timestamp.c`).
fn precision(literal: Option<ast::Literal>) -> Option<String> {
    let digits: u32 = literal?.syntax().text().to_string().trim().parse().ok()?;
    Some(digits.min(6).to_string())
}

fn zoned(name: &str, literal: Option<ast::Literal>, zone: Option<ast::Timezone>) -> DataType {
    let zone = match zone {
        Some(ast::Timezone::WithTimezone(_)) => "with time zone",
        _ => "without time zone",
    };
    let plain = DataType::builtin(&format!("{name} {zone}"));
    match precision(literal) {
        Some(digits) => plain.with_modifier(&digits),
        None => plain,
    }
}

fn interval_type(interval: &ast::IntervalType) -> DataType {
    let plain = DataType::builtin("interval");
    if let Some(digits) = precision(interval.literal()) {
        return plain.with_modifier(&digits);
    }
    let Some(qualifier) = interval.interval_qualifier() else {
        return plain;
    };
    let text = qualifier.syntax().text().to_string().to_ascii_lowercase();
    let words: Vec<&str> = text.split_whitespace().collect();
    plain.with_modifier(
        &words
            .join(" ")
            .replace(" (", "(")
            .replace("( ", "(")
            .replace(" )", ")"),
    )
}

/// A type with modifiers, as `format_type` prints them.
pub(crate) fn modified(plain: DataType, modifiers: &[String]) -> DataType {
    let name = plain.name.name.clone();
    if modifiers.is_empty() {
        return plain;
    }
    if !plain.is_builtin() {
        let text = match name.as_str() {
            "geometry" | "geography" => spatial(&name, modifiers),
            _ => modifiers.join(","),
        };
        return plain.with_modifier(&text);
    }
    match name.as_str() {
        "numeric" if modifiers.len() == 1 => plain.with_modifier(&format!("{},0", modifiers[0])),
        "bpchar" => DataType::builtin("character").with_modifier(&modifiers[0]),
        _ if name.starts_with("time") || name == "interval" => {
            let digits = modifiers[0]
                .parse::<u32>()
                .map_or(6, |digits| digits.min(6));
            plain.with_modifier(&digits.to_string())
        }
        _ => plain.with_modifier(&modifiers.join(",")),
    }
}

/// PostGIS prints a geometry's type in its own spelling, and leaves out an unknown SRID
/// (`postgis_typmod_out` in `gserialized_typmod.c`). A `geography` has 4326 unless another is given.
fn spatial(name: &Name, modifiers: &[String]) -> String {
    const KINDS: &[&str] = &[
        "Geometry",
        "Point",
        "LineString",
        "Polygon",
        "MultiPoint",
        "MultiLineString",
        "MultiPolygon",
        "GeometryCollection",
        "CircularString",
        "CompoundCurve",
        "CurvePolygon",
        "MultiCurve",
        "MultiSurface",
        "PolyhedralSurface",
        "Triangle",
        "Tin",
    ];
    let written = modifiers[0].to_ascii_lowercase();
    let kind = KINDS.iter().find_map(|kind| {
        let rest = written.strip_prefix(&kind.to_ascii_lowercase())?;
        ["", "z", "m", "zm"]
            .contains(&rest)
            .then(|| format!("{kind}{}", rest.to_ascii_uppercase()))
    });
    let kind = kind.unwrap_or(written);
    let default = if name == "geography" { "4326" } else { "0" };
    match modifiers.get(1).map_or(default, String::as_str) {
        "0" => kind,
        srid => format!("{kind},{srid}"),
    }
}
