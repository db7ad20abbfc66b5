//! What stands between the parentheses of `embed!(…)`.

use syn::{
    Ident, LitStr, Token,
    parse::{Parse, ParseStream},
};

/// `"migrations"` or `"migrations", layout = "diesel"`.
pub(crate) struct Arguments {
    /// The folder, relative to the crate's `Cargo.toml`.
    pub(crate) path: LitStr,
    /// The layout that the user says it has.
    pub(crate) layout: Option<LitStr>,
}

impl Parse for Arguments {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let path = input.parse()?;
        let mut layout = None;
        while input.parse::<Option<Token![,]>>()?.is_some() && !input.is_empty() {
            let name: Ident = input.parse()?;
            if name != "layout" || layout.is_some() {
                return Err(syn::Error::new(
                    name.span(),
                    "only `layout = \"NAME\"` can stand here, and once",
                ));
            }
            input.parse::<Token![=]>()?;
            layout = Some(input.parse()?);
        }
        Ok(Self { path, layout })
    }
}
