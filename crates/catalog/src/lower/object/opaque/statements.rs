//! Which statements are about which opaque objects.

use squawk_syntax::ast::{self, AstNode};

use super::{Address, Verb};
use crate::lower::names;

/// What a statement does to which objects.
type Acts = Vec<(Address, Verb)>;

fn one(address: Option<Address>, verb: Verb) -> Option<Acts> {
    Some(address.map(|address| (address, verb)).into_iter().collect())
}

/// `CREATE`.
pub(super) fn create(statement: &ast::Stmt) -> Option<Acts> {
    use ast::Stmt;
    let mut may_be_there = false;
    let address = match statement {
        Stmt::CreateAccessMethod(s) => Address::global("access method", s.access_method()),
        Stmt::CreateCast(s) => Address::cast(s.cast_sig()),
        Stmt::CreateCollation(s) => {
            may_be_there = s.if_not_exists().is_some();
            Address::in_schema("collation", s.collation())
        }
        Stmt::CreateConversion(s) => Address::in_schema("conversion", s.conversion()),
        Stmt::CreateEventTrigger(s) => Address::global("event trigger", s.event_trigger()),
        Stmt::CreateForeignDataWrapper(s) => {
            Address::global("foreign data wrapper", s.foreign_data_wrapper())
        }
        Stmt::CreateLanguage(s) => {
            may_be_there = s.or_replace().is_some();
            Address::global("language", s.language())
        }
        Stmt::CreateOperator(s) => {
            let operand = |name: &str| {
                let mut options = s.attribute_list()?.attribute_options();
                let named = options.find(|option| {
                    let key = option.name().map(|key| names::name(&key));
                    key.is_some_and(|key| key == *name)
                })?;
                named.attribute_value()?.ty()
            };
            Address::operator(s.op(), operand("leftarg"), operand("rightarg"))
        }
        Stmt::CreateOperatorClass(s) => {
            Address::for_method("operator class", s.op_class_name(), s.using_method())
        }
        Stmt::CreateOperatorFamily(s) => {
            Address::for_method("operator family", s.op_family_name(), s.using_method())
        }
        Stmt::CreateServer(s) => {
            may_be_there = s.if_not_exists().is_some();
            Address::global("server", s.server())
        }
        Stmt::CreateSubscription(s) => Address::global("subscription", s.subscription()),
        Stmt::CreateTextSearchConfiguration(s) => {
            Address::in_schema("text search configuration", s.text_search_configuration())
        }
        Stmt::CreateTextSearchDictionary(s) => {
            Address::in_schema("text search dictionary", s.text_search_dictionary())
        }
        Stmt::CreateTextSearchParser(s) => {
            Address::in_schema("text search parser", s.text_search_parser())
        }
        Stmt::CreateTextSearchTemplate(s) => {
            Address::in_schema("text search template", s.text_search_template())
        }
        Stmt::CreateTransform(s) => {
            may_be_there = s.or_replace().is_some();
            Address::transform(s.ty(), s.language_ref())
        }
        Stmt::CreateUserMapping(s) => {
            may_be_there = s.if_not_exists().is_some();
            let role = s.user_mapping_role().map(|role| role.syntax().clone());
            Address::user_mapping(role, s.server_clause())
        }
        _ => return None,
    };
    one(address, Verb::Create { may_be_there })
}

/// `ALTER`.
pub(super) fn alter(statement: &ast::Stmt) -> Option<Acts> {
    use ast::Stmt;
    let address = match statement {
        Stmt::AlterCollation(s) => Address::in_schema("collation", s.collation_ref()),
        Stmt::AlterConversion(s) => Address::in_schema("conversion", s.conversion_ref()),
        Stmt::AlterEventTrigger(s) => Address::global("event trigger", s.event_trigger_ref()),
        Stmt::AlterForeignDataWrapper(s) => {
            Address::global("foreign data wrapper", s.foreign_data_wrapper_ref())
        }
        Stmt::AlterLanguage(s) => Address::global("language", s.language_ref()),
        Stmt::AlterOperator(s) => s.op_sig().and_then(|sig| Address::operator_signature(&sig)),
        Stmt::AlterOperatorClass(s) => {
            Address::for_method("operator class", s.op_class_ref(), s.using_method())
        }
        Stmt::AlterOperatorFamily(s) => {
            Address::for_method("operator family", s.op_family_ref(), s.using_method())
        }
        Stmt::AlterServer(s) => Address::global("server", s.server_ref()),
        Stmt::AlterSubscription(s) => Address::global("subscription", s.subscription_ref()),
        Stmt::AlterTextSearchConfiguration(s) => Address::in_schema(
            "text search configuration",
            s.text_search_configuration_ref(),
        ),
        Stmt::AlterTextSearchDictionary(s) => {
            Address::in_schema("text search dictionary", s.text_search_dictionary_ref())
        }
        Stmt::AlterTextSearchParser(s) => {
            Address::in_schema("text search parser", s.text_search_parser_ref())
        }
        Stmt::AlterTextSearchTemplate(s) => {
            Address::in_schema("text search template", s.text_search_template_ref())
        }
        Stmt::AlterUserMapping(s) => {
            let role = s.role_ref().map(|role| role.syntax().clone());
            Address::user_mapping(role, s.server_clause())
        }
        _ => return None,
    };
    one(address, alteration(statement))
}

/// A new name and a new schema are told by their nodes, whatever the kind.
fn alteration(statement: &ast::Stmt) -> Verb {
    for action in statement.syntax().children() {
        let moves = ast::SetSchema::cast(action.clone());
        if let Some(schema) = moves.and_then(|to| to.schema_ref()) {
            return Verb::Move(names::name(&schema));
        }
        let first = action.first_token();
        let renames = first.is_some_and(|token| token.text().eq_ignore_ascii_case("rename"));
        if renames && let Some(name) = action.children().last() {
            return Verb::Rename(last_part(&name));
        }
    }
    Verb::Alter
}

fn all(addresses: impl Iterator<Item = Option<Address>>, cascade: bool) -> Option<Acts> {
    let drop = |address| (address, Verb::Drop { cascade });
    Some(addresses.flatten().map(drop).collect())
}

/// `DROP`.
pub(super) fn drop(statement: &ast::Stmt) -> Option<Acts> {
    use ast::Stmt;
    let behavior = statement
        .syntax()
        .children()
        .find_map(ast::DropBehavior::cast);
    let cascade = super::super::lifecycle::cascades(behavior);
    let address = match statement {
        Stmt::DropCollation(s) => {
            let refs = s.collation_refs();
            return all(
                refs.map(|node| Address::in_schema("collation", Some(node))),
                cascade,
            );
        }
        Stmt::DropForeignDataWrapper(s) => {
            let refs = s.foreign_data_wrapper_refs();
            let kind = "foreign data wrapper";
            return all(refs.map(|node| Address::global(kind, Some(node))), cascade);
        }
        Stmt::DropServer(s) => {
            let refs = s.server_refs();
            return all(
                refs.map(|node| Address::global("server", Some(node))),
                cascade,
            );
        }
        Stmt::DropOperator(s) => {
            let sigs = s.op_sig_list().into_iter().flat_map(|list| list.op_sigs());
            return all(sigs.map(|sig| Address::operator_signature(&sig)), cascade);
        }
        Stmt::DropAccessMethod(s) => Address::global("access method", s.access_method_ref()),
        Stmt::DropCast(s) => Address::cast(s.cast_sig()),
        Stmt::DropConversion(s) => Address::in_schema("conversion", s.conversion_ref()),
        Stmt::DropEventTrigger(s) => Address::global("event trigger", s.event_trigger_ref()),
        Stmt::DropLanguage(s) => Address::global("language", s.language_ref()),
        Stmt::DropOperatorClass(s) => {
            Address::for_method("operator class", s.op_class_ref(), s.using_method())
        }
        Stmt::DropOperatorFamily(s) => {
            Address::for_method("operator family", s.op_family_ref(), s.using_method())
        }
        Stmt::DropSubscription(s) => Address::global("subscription", s.subscription_ref()),
        Stmt::DropTextSearchConfig(s) => Address::in_schema(
            "text search configuration",
            s.text_search_configuration_ref(),
        ),
        Stmt::DropTextSearchDict(s) => {
            Address::in_schema("text search dictionary", s.text_search_dictionary_ref())
        }
        Stmt::DropTextSearchParser(s) => {
            Address::in_schema("text search parser", s.text_search_parser_ref())
        }
        Stmt::DropTextSearchTemplate(s) => {
            Address::in_schema("text search template", s.text_search_template_ref())
        }
        Stmt::DropTransform(s) => Address::transform(s.ty(), s.language_ref()),
        Stmt::DropUserMapping(s) => {
            let role = s.user_mapping_role().map(|role| role.syntax().clone());
            Address::user_mapping(role, s.server_clause())
        }
        _ => return None,
    };
    one(address, Verb::Drop { cascade })
}

fn last_part(node: &squawk_syntax::SyntaxNode) -> crate::Name {
    let last = names::parts(node).pop();
    last.unwrap_or_else(|| crate::Name::quoted(&ast::normalize_name_node(node)))
}
