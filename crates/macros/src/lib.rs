//! `segue::embed!`: a folder of migrations in a program.
//!
//! Owns: the arguments of the macro, checking the folder while the program is compiled, and the constant that
//! the macro becomes.
//! Does not own: reading a layout (crate `segue-project`), or what is done with the constant when the program
//! runs (`segue::Embedded`).
//! Reads next: `folder.rs`, then `files.rs`.

mod arguments;
mod files;
mod folder;

use proc_macro::TokenStream;
use quote::quote;
use syn::parse_macro_input;

use arguments::Arguments;
use files::{Found, Kept};

/// Puts a folder of migrations into the program: `embed!("migrations")`, relative to the crate's `Cargo.toml`.
/// It becomes a constant expression of the type `segue::Embedded`.
///
/// The layout is found as the command finds it, from the names in the folder, from markers of the tool in it
/// and above it, and from `layout` in the nearest `segue.toml`. `embed!("migrations", layout = "diesel")`
/// says it. A folder that cannot be read is an error of the compiler.
///
/// The program is built again when one of the files changes. For a file that is added Cargo has to be told to
/// watch the folder, by a `build.rs` that prints `cargo:rerun-if-changed=migrations`.
#[proc_macro]
pub fn embed(input: TokenStream) -> TokenStream {
    let arguments = parse_macro_input!(input as Arguments);
    match folder::read(&arguments) {
        Ok(folder) => constant(&arguments, &folder).into(),
        Err(problems) => syn::Error::new(arguments.path.span(), folder::told(&problems))
            .to_compile_error()
            .into(),
    }
}

fn constant(arguments: &Arguments, folder: &folder::Embeddable) -> proc_macro2::TokenStream {
    let path = arguments.path.value();
    let path = path.trim_end_matches('/');
    let (layout, reason, is_explicit) = (folder.layout, &folder.reason, folder.is_explicit);
    let files = folder.files.iter().map(|Found { path: file, kept }| {
        let content = match kept {
            // By a path from Cargo's own variable: nothing in the program says where it was built.
            Kept::Text(_) => {
                let file = format!("/{path}/{file}");
                quote!(::segue::Content::Text(::core::include_str!(
                    ::core::concat!(
                        ::core::env!("CARGO_MANIFEST_DIR"),
                        #file
                    )
                )))
            }
            Kept::Name => quote!(::segue::Content::Name),
            Kept::Link => quote!(::segue::Content::Link),
        };
        quote!((#file, #content))
    });
    quote! {
        ::segue::Embedded::of_macro(#path, (#layout, #reason, #is_explicit), &[#(#files),*])
    }
}
