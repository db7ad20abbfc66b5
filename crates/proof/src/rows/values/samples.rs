//! Types of which it is enough to know one way to write a value for every number: the server's lesser ones, and those of
//! extensions.

/// The value of a number; `None`: the type is not known here.
pub(crate) fn sample(name: &str, modifier: Option<&str>, number: u64) -> Option<String> {
    network(name, number)
        .or_else(|| shape(name, number))
        .or_else(|| document(name, number))
        .or_else(|| of_the_server(name, number))
        .or_else(|| of_an_extension(name, modifier, number))
}

fn network(name: &str, number: u64) -> Option<String> {
    let (high, low) = (number / 256 % 256, number % 256);
    Some(match name {
        "inet" | "cidr" if number % 5 == 4 => format!("2001:db8::{:x}", number % 0xffff),
        "inet" | "cidr" | "ip4" | "ipaddress" => {
            format!("10.{}.{high}.{low}", number / 65_536 % 256)
        }
        "macaddr" => format!(
            "08:00:2b:{:02x}:{high:02x}:{low:02x}",
            number / 65_536 % 256
        ),
        "macaddr8" => format!(
            "08:00:2b:ff:fe:{:02x}:{high:02x}:{low:02x}",
            number / 65_536 % 256
        ),
        _ => return None,
    })
}

fn shape(name: &str, number: u64) -> Option<String> {
    let next = number + 1;
    Some(match name {
        "point" => format!("({number},{next})"),
        "line" => format!("{{1,-1,{number}}}"),
        "lseg" => format!("[({number},0),({next},1)]"),
        "box" => format!("({next},1),({number},0)"),
        "path" => format!("[({number},0),({next},1)]"),
        "polygon" => format!("(({number},0),({next},0),({next},1))"),
        "circle" => format!("<({number},0),1>"),
        _ => return None,
    })
}

fn document(name: &str, number: u64) -> Option<String> {
    Some(match name {
        "xml" => format!("<row number=\"{number}\"/>"),
        "jsonpath" => format!("$.\"key{number}\""),
        "tsvector" => format!("'lantern':1 'word{number}':2"),
        "tsquery" => format!("'lantern' & 'word{number}'"),
        _ => return None,
    })
}

fn of_the_server(name: &str, number: u64) -> Option<String> {
    Some(match name {
        "oid" | "xid" | "xid8" | "cid" => (number + 1).to_string(),
        "tid" => format!("({number},1)"),
        "pg_lsn" => format!("0/{:X}", number + 1),
        "txid_snapshot" | "pg_snapshot" => format!("{0}:{0}:", number + 1),
        "regclass" => "pg_catalog.pg_class".to_owned(),
        "regtype" => "text".to_owned(),
        "regproc" => "pg_catalog.now".to_owned(),
        "regprocedure" => "pg_catalog.now()".to_owned(),
        "regoper" => "pg_catalog.||/".to_owned(),
        "regoperator" => "pg_catalog.=(integer,integer)".to_owned(),
        "regnamespace" => "pg_catalog".to_owned(),
        "regconfig" | "regdictionary" => "pg_catalog.simple".to_owned(),
        "regcollation" => "pg_catalog.\"C\"".to_owned(),
        "int2vector" | "oidvector" => format!("{} 2", number % 100 + 1),
        "aclitem" => "=r/postgres".to_owned(),
        _ => return None,
    })
}

/// Texts of extensions that come with PostgreSQL, and of pgvector, PostGIS and semver.
fn of_an_extension(name: &str, modifier: Option<&str>, number: u64) -> Option<String> {
    Some(match name {
        "hstore" => format!("\"number\"=>\"{number}\""),
        "ltree" => format!("root.branch{}.leaf{number}", number % 7),
        "lquery" => format!("root.*.leaf{number}"),
        "ltxtquery" => format!("root & leaf{number}"),
        "cube" => format!("({number},1)"),
        "seg" => number.to_string(),
        "earth" => "(6378168,0,0)".to_owned(),
        "query_int" => format!("1&{}", number + 2),
        "semver" => format!("1.0.{number}"),
        "vector" | "halfvec" => format!("[{}]", vector(modifier, number)),
        "sparsevec" => format!("{{1:{}}}/{}", number + 1, modifier.unwrap_or("3")),
        "geometry" | "geography" => geometry(modifier, number),
        _ => return None,
    })
}

fn vector(dimensions: Option<&str>, number: u64) -> String {
    let many = dimensions
        .and_then(|text| text.parse::<u64>().ok())
        .unwrap_or(3);
    let parts = (0..many).map(|place| (number + place).to_string());
    parts.collect::<Vec<_>>().join(",")
}

/// `Point,4326`: what kind, and of which reference system.
fn geometry(modifier: Option<&str>, number: u64) -> String {
    let mut parts = modifier.unwrap_or("Point").split(',');
    let kind = parts.next().unwrap_or("Point").to_ascii_lowercase();
    let (x, y) = (number % 180, number % 90);
    let ring = format!("(({x} {y},{} {y},{x} {},{x} {y}))", x + 1, y + 1);
    let shape = match kind.as_str() {
        "linestring" => format!("LINESTRING({x} {y},{} {y})", x + 1),
        "polygon" => format!("POLYGON{ring}"),
        "multipolygon" => format!("MULTIPOLYGON({ring})"),
        "multipoint" => format!("MULTIPOINT(({x} {y}))"),
        "multilinestring" => format!("MULTILINESTRING(({x} {y},{} {y}))", x + 1),
        "geometrycollection" => format!("GEOMETRYCOLLECTION(POINT({x} {y}))"),
        _ => format!("POINT({x} {y})"),
    };
    match parts.next().map(str::trim) {
        Some(system) if system != "0" => format!("SRID={system};{shape}"),
        _ => shape,
    }
}
