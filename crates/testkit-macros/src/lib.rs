//! The attribute that turns one test into two, on SQLite and on PostgreSQL.

use proc_macro::{TokenStream, TokenTree};

/// Turns `async fn name(kind: Kind)` into two tests, `name::on_sqlite` and `name::on_postgres`: a test that stores
/// anything runs on both databases.
///
/// The function stays unchanged, so rustfmt formats it; the macro needs no parser for Rust.
#[proc_macro_attribute]
pub fn on_both_databases(_nothing: TokenStream, test: TokenStream) -> TokenStream {
    let Some(name) = name_of(test.clone()) else {
        return tokens("compile_error!(\"on_both_databases stands above an `async fn name(kind: Kind)`\");");
    };
    // A module and a function may share a name.
    let both = tokens(&format!(
        "mod {name} {{
            #[test]
            fn on_sqlite() {{
                ::testkit::on(::testkit::Kind::Sqlite, |kind| ::std::boxed::Box::pin(super::{name}(kind)));
            }}

            #[test]
            fn on_postgres() {{
                ::testkit::on(::testkit::Kind::Postgres, |kind| ::std::boxed::Box::pin(super::{name}(kind)));
            }}
        }}"
    ));
    test.into_iter().chain(both).collect()
}

/// The name that follows the word `fn`.
fn name_of(item: TokenStream) -> Option<String> {
    let mut words = item.into_iter().filter_map(|token| match token {
        TokenTree::Ident(word) => Some(word.to_string()),
        _ => None,
    });
    words.find(|word| word == "fn")?;
    words.next()
}

#[expect(clippy::expect_used, reason = "the text stands in this file")]
fn tokens(text: &str) -> TokenStream {
    text.parse().expect("Rust")
}
