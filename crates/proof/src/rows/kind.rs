//! What values a column takes: its type, as far as it matters for making them.

use segue_catalog::{Catalog, DataType, Expr, QName, model::TypeKind, normal::About};

use super::{calendar, condition::Condition, value::Value};

/// A type.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    Bool,
    /// `smallint`, `integer`, `bigint`: the least and the greatest.
    Whole(i64, i64),
    /// `numeric`, `money`: digits before and behind the point.
    Decimal {
        whole: u32,
        fraction: u32,
    },
    /// `real`, or `double precision`.
    Float {
        double: bool,
    },
    /// Any text of so many characters at most; a fixed one is filled up with spaces.
    Text {
        longest: Option<usize>,
        fixed: bool,
        /// Case does not matter (`citext`).
        folded: bool,
    },
    Bytes,
    Uuid,
    Json,
    /// `date`.
    Date,
    /// A time stamp with so many digits of a second.
    Stamp {
        zoned: bool,
        digits: u32,
    },
    /// A time of day.
    Time {
        zoned: bool,
        digits: u32,
    },
    Interval,
    /// So many bits, or at most so many.
    Bits {
        many: usize,
        varying: bool,
    },
    Enum(Vec<String>),
    Composite(Vec<Kind>),
    /// A domain within another type; conditions are about `value`. Those of a column stand with its table.
    Domain(Box<Kind>, Vec<Condition>),
    Array(Box<Kind>),
    Range(Box<Kind>),
    Multirange(Box<Kind>),
    /// One of those that samples are written down of: name and modifier.
    Sampled(String, Option<String>),
    /// Nobody has said what its values look like.
    Unknown(DataType),
}

/// Domains over domains, arrays of composites of arrays…: no type is made of more than this.
const DEEPEST: usize = 16;

impl Kind {
    /// The kind of a type.
    pub(crate) fn of(catalog: &Catalog, data_type: &DataType) -> Self {
        Self::within(catalog, data_type, 0)
    }

    fn within(catalog: &Catalog, data_type: &DataType, depth: usize) -> Self {
        if depth > DEEPEST {
            return Self::Unknown(data_type.clone());
        }
        if data_type.array {
            let mut element = data_type.clone();
            element.array = false;
            return match Self::within(catalog, &element, depth + 1) {
                Self::Unknown(_) => Self::Unknown(data_type.clone()),
                element => Self::Array(Box::new(element)),
            };
        }
        if data_type.is_builtin() {
            return builtin(data_type);
        }
        match catalog.types.get(&data_type.name) {
            Some(own) => Self::own(catalog, data_type, &own.kind, depth),
            None => multirange(catalog, &data_type.name, depth)
                .unwrap_or_else(|| of_an_extension(data_type)),
        }
    }

    fn own(catalog: &Catalog, data_type: &DataType, own: &TypeKind, depth: usize) -> Self {
        match own {
            TypeKind::Enum(labels) => Self::Enum(labels.values.clone()),
            TypeKind::Composite(composite) => {
                let attributes = composite.attributes.iter();
                let kinds = attributes.map(|one| Self::within(catalog, &one.data_type, depth + 1));
                Self::Composite(kinds.collect())
            }
            TypeKind::Domain(domain) => {
                let base = Self::within(catalog, &domain.base, depth + 1);
                let conditions = Condition::of_domain(catalog, &data_type.name);
                Self::Domain(Box::new(base), conditions)
            }
            TypeKind::Range(range) => {
                Self::Range(Box::new(Self::within(catalog, &range.subtype, depth + 1)))
            }
            TypeKind::Shell => Self::Unknown(data_type.clone()),
        }
    }

    /// What is below a domain.
    pub(crate) fn base(&self) -> &Self {
        match self {
            Self::Domain(base, _) => base.base(),
            _ => self,
        }
    }

    /// What a text of this type is worth in an expression.
    pub(crate) fn read(&self, text: &str) -> Value {
        let known = |value: Option<Value>| value.unwrap_or(Value::Unknown);
        match self.base() {
            Self::Bool => match text {
                "t" | "true" => Value::Bool(true),
                "f" | "false" => Value::Bool(false),
                _ => Value::Unknown,
            },
            Self::Whole(..) | Self::Decimal { .. } | Self::Float { .. } => {
                known(text.parse().ok().map(Value::Number))
            }
            Self::Text { fixed: true, .. } => Value::text(text.trim_end_matches(' ')),
            Self::Text { folded: true, .. } => Value::text(text.to_lowercase()),
            Self::Text { .. } | Self::Uuid | Self::Enum(_) => Value::text(text),
            Self::Bytes => known(bytes(text).map(Value::Bytes)),
            Self::Json => known(serde_json::from_str(text).ok().map(Value::Json)),
            Self::Date | Self::Stamp { .. } => known(calendar::read(text).map(Value::Moment)),
            Self::Time { .. } => known(calendar::read_time(text).map(Value::Moment)),
            Self::Interval => known(calendar::read_span(text).map(Value::Span)),
            Self::Array(element) => known(super::values::elements(text).map(|all| {
                let read = |one: &Option<String>| {
                    one.as_ref().map_or(Value::Null, |one| element.read(one))
                };
                Value::Array(all.iter().map(read).collect())
            })),
            _ => Value::Unknown,
        }
    }

    /// A value as a text of this type; `None`: it cannot be one.
    pub(crate) fn write(&self, value: &Value) -> Option<String> {
        match (self.base(), value) {
            (Self::Bool, Value::Bool(truth)) => Some(truth.to_string()),
            (Self::Whole(least, most), Value::Number(number)) => whole(*number, *least, *most),
            (Self::Decimal { whole, fraction }, Value::Number(number)) => {
                let digits = usize::try_from(*fraction).unwrap_or(0);
                let written = format!("{number:.digits$}");
                let fits = written.trim_start_matches('-').split('.').next()?.len()
                    <= usize::try_from((*whole).max(1)).ok()?;
                (number.is_finite() && fits).then_some(written)
            }
            (Self::Float { .. }, Value::Number(number)) => Some(number.to_string()),
            (Self::Text { longest, .. }, Value::Text(text)) => {
                let fits = longest.is_none_or(|longest| text.chars().count() <= longest);
                fits.then(|| text.clone())
            }
            (Self::Bytes, Value::Text(text)) => Some(hexadecimal(text.as_bytes())),
            (Self::Bytes, Value::Bytes(bytes)) => Some(hexadecimal(bytes)),
            (Self::Bits { many, varying }, Value::Text(text)) => {
                let fits = if *varying {
                    text.len() <= *many
                } else {
                    text.len() == *many
                };
                (fits && text.bytes().all(|bit| matches!(bit, b'0' | b'1'))).then(|| text.clone())
            }
            (Self::Uuid, Value::Text(text)) => (text.len() == 36).then(|| text.clone()),
            (Self::Enum(labels), Value::Text(text)) => labels.contains(text).then(|| text.clone()),
            (Self::Json, Value::Json(json)) => Some(json.to_string()),
            (Self::Date, Value::Moment(at)) => Some(calendar::written_date(*at)),
            (Self::Stamp { zoned, digits }, Value::Moment(at)) => {
                let written = calendar::written(rounded(*at, *digits));
                Some(match (zoned, written.strip_suffix(" BC")) {
                    (false, _) => written,
                    (true, None) => format!("{written}+00"),
                    (true, Some(written)) => format!("{written}+00 BC"),
                })
            }
            (Self::Time { zoned, digits }, Value::Moment(at)) => {
                let is_of_a_day = (0..calendar::DAY).contains(at);
                let written = calendar::written_time(rounded(*at, *digits));
                let written = if *zoned {
                    format!("{written}+00")
                } else {
                    written
                };
                is_of_a_day.then_some(written)
            }
            (Self::Interval, Value::Span(span)) => Some(format!("{span} microseconds")),
            (Self::Array(element), Value::Array(all)) => {
                let texts = all.iter().map(|one| match one {
                    Value::Null => Some(None),
                    one => element.write(one).map(Some),
                });
                let texts: Vec<Option<String>> = texts.collect::<Option<_>>()?;
                Some(super::values::array(&texts))
            }
            _ => None,
        }
    }

    /// The least difference of two values, of numbers and times.
    pub(crate) fn step(&self) -> f64 {
        match self.base() {
            Self::Decimal { fraction, .. } => 10_f64.powi(-i32::try_from(*fraction).unwrap_or(0)),
            Self::Float { .. } => 0.5,
            _ => 1.0,
        }
    }
}

/// Bytes as `\x` and their digits.
fn hexadecimal(bytes: &[u8]) -> String {
    let digits = bytes.iter().map(|byte| format!("{byte:02x}"));
    format!("\\x{}", digits.collect::<String>())
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    let digits = text.strip_prefix("\\x")?.as_bytes();
    let pairs = digits.chunks(2).map(|pair| {
        let pair = std::str::from_utf8(pair).ok()?;
        u8::from_str_radix(pair, 16).ok()
    });
    pairs.collect()
}

/// A moment with so many digits of a second: the rest is cut.
fn rounded(at: i64, digits: u32) -> i64 {
    let unit = 10_i64.pow(6_u32.saturating_sub(digits));
    at.div_euclid(unit) * unit
}

#[allow(clippy::cast_precision_loss)]
fn whole(number: f64, least: i64, most: i64) -> Option<String> {
    let fits = number.fract() == 0.0 && number >= least as f64 && number <= most as f64;
    fits.then(|| format!("{number:.0}"))
}

fn builtin(data_type: &DataType) -> Kind {
    let modifier = data_type.modifier.as_deref();
    let many = modifier.and_then(|text| text.parse::<usize>().ok());
    let digits = many
        .and_then(|many| u32::try_from(many).ok())
        .unwrap_or(6)
        .min(6);
    let text = |longest, fixed| Kind::Text {
        longest,
        fixed,
        folded: false,
    };
    match data_type.name.name.as_str() {
        "boolean" => Kind::Bool,
        "smallint" => Kind::Whole(i16::MIN.into(), i16::MAX.into()),
        "integer" => Kind::Whole(i32::MIN.into(), i32::MAX.into()),
        "bigint" => Kind::Whole(i64::MIN, i64::MAX),
        "numeric" => decimal(modifier),
        "money" => Kind::Decimal {
            whole: 15,
            fraction: 2,
        },
        "real" => Kind::Float { double: false },
        "double precision" => Kind::Float { double: true },
        "text" => text(None, false),
        "character varying" => text(many, false),
        "character" => text(Some(many.unwrap_or(1)), true),
        "bpchar" => text(None, true),
        "name" => text(Some(63), false),
        "char" => text(Some(1), false),
        "bytea" => Kind::Bytes,
        "uuid" => Kind::Uuid,
        "json" | "jsonb" => Kind::Json,
        "date" => Kind::Date,
        "timestamp without time zone" => Kind::Stamp {
            zoned: false,
            digits,
        },
        "timestamp with time zone" => Kind::Stamp {
            zoned: true,
            digits,
        },
        "time without time zone" => Kind::Time {
            zoned: false,
            digits,
        },
        "time with time zone" => Kind::Time {
            zoned: true,
            digits,
        },
        "interval" => Kind::Interval,
        "bit" => Kind::Bits {
            many: many.unwrap_or(1),
            varying: false,
        },
        "bit varying" => Kind::Bits {
            many: many.unwrap_or(64),
            varying: true,
        },
        name => ranges(name).unwrap_or_else(|| sampled(name, data_type)),
    }
}

/// `numeric(precision, scale)`; without them nobody needs more than these.
fn decimal(modifier: Option<&str>) -> Kind {
    let mut parts = modifier.into_iter().flat_map(|text| text.split(','));
    let mut next = || {
        parts
            .next()
            .and_then(|part| part.trim().parse::<i64>().ok())
    };
    let (precision, scale) = match (next(), next()) {
        (Some(precision), scale) => (precision, scale.unwrap_or(0)),
        (None, _) => (18, 4),
    };
    let count = |number: i64| u32::try_from(number.max(0)).unwrap_or(0);
    Kind::Decimal {
        whole: count(precision - scale).min(30),
        fraction: count(scale),
    }
}

fn ranges(name: &str) -> Option<Kind> {
    let of = match name
        .trim_end_matches("multirange")
        .trim_end_matches("range")
    {
        "int4" => "integer",
        "int8" => "bigint",
        "num" => "numeric",
        "date" => "date",
        "ts" => "timestamp without time zone",
        "tstz" => "timestamp with time zone",
        _ => return None,
    };
    let of = Box::new(builtin(&DataType::builtin(of)));
    if name.ends_with("multirange") {
        Some(Kind::Multirange(of))
    } else {
        name.ends_with("range").then_some(Kind::Range(of))
    }
}

/// The multirange of a range of the user's.
fn multirange(catalog: &Catalog, name: &QName, depth: usize) -> Option<Kind> {
    catalog.types.values().find_map(|one| match &one.kind {
        TypeKind::Range(range) if range.multirange == *name => Some(Kind::Multirange(Box::new(
            Kind::within(catalog, &range.subtype, depth + 1),
        ))),
        _ => None,
    })
}

/// A type that is not of the server's, nor of the user's: of an extension.
fn of_an_extension(data_type: &DataType) -> Kind {
    match data_type.name.name.as_str() {
        "citext" => Kind::Text {
            longest: None,
            fixed: false,
            folded: true,
        },
        name => sampled(name, data_type),
    }
}

fn sampled(name: &str, data_type: &DataType) -> Kind {
    let modifier = data_type.modifier.as_deref();
    match super::values::sample(name, modifier, 0) {
        Some(_) => Kind::Sampled(name.to_owned(), modifier.map(str::to_owned)),
        None => Kind::Unknown(data_type.clone()),
    }
}

/// The constant that a default is, as a text of its type.
pub(crate) fn constant(catalog: &Catalog, default: &Expr, data_type: &DataType) -> Option<String> {
    use segue_catalog::normal::Head;
    let about = About::value(None, data_type);
    let tree = segue_catalog::normal::tree(default, catalog, about)?;
    match &tree.uncast().head {
        Head::Text(text) | Head::Number(text) => Some(text.clone()),
        Head::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}
