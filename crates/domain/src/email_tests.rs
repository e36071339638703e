//! Tests of addresses: which texts are one, and that all spellings of a mailbox give the same.

use proptest::prelude::*;

use super::*;

fn address(text: &str) -> String {
    EmailAddress::parse(text).unwrap_or_else(|| panic!("{text:?}")).0
}

#[test]
fn an_address_is_trimmed_lowered_and_of_a_shape_that_mail_reaches() {
    assert_eq!(address("  Ada.Love+1@Example.ORG "), "ada.love+1@example.org");
    assert!(EmailAddress::parse("юзер@пример.рф").is_some());
    for bad in [
        "",
        "ada",
        "@example.org",
        "ada@",
        "ada@example",
        "ada@.org",
        "a b@example.org",
        "ada@exa_mple.org",
        "ada@-x.org",
        "ada@example.org.",
        "ada@xn--0.org",
        "ada@example.org\r\nBcc: all@example.org",
        "\"a\"@example.org",
        "a..b@example.org",
        ".a@example.org",
        "<a@example.org>",
        "a\u{37e}b@example.org",
        "ada@℀.org",
    ] {
        assert_eq!(EmailAddress::read(bad), Err(EmailFault::Shape), "{bad:?}");
    }
    assert!(EmailAddress::parse(&format!("a@{}.org", "x".repeat(260))).is_none());
    let many = format!("a@{}.org", ["бббббббббб"; 20].join("."));
    assert!(
        EmailAddress::parse(&many).is_none(),
        "its length counts as servers write it"
    );
}

#[test]
fn a_mailbox_has_one_spelling() {
    for same in [
        "юзер@пример.рф",
        "ЮЗЕР@ПРИМЕР.РФ",
        "юзер@xn--e1afmkfd.xn--p1ai",
        "юзер@XN--E1AFMKFD.XN--P1AI",
        "юзер@пример。рф",
    ] {
        assert_eq!(address(same), "юзер@пример.рф", "{same}");
    }
    for same in ["ada@žalias.lt", "ada@z\u{30c}alias.lt", "ada@xn--alias-tib.lt"] {
        assert_eq!(address(same), "ada@žalias.lt", "{same}");
    }
    assert_eq!(address("ada@ｅｘａｍｐｌｅ.org"), "ada@example.org");
    assert_eq!(address("rene\u{301}@example.org"), "rené@example.org");
    assert_ne!(address("a@straße.de"), address("a@strasse.de"), "two domains");
}

#[test]
fn what_does_not_show_is_refused_by_its_name() {
    for hidden in [
        "ada\u{200b}@example.org",
        "ada@exam\u{ad}ple.org",
        "\u{feff}ada@example.org",
        "ada@example.org\u{200b}",
        "ad\u{200d}a@example.org",
        "\u{202e}ada@example.org",
        "ada\u{3164}@example.org",
        "ada@exam\u{fe0f}ple.org",
    ] {
        assert_eq!(EmailAddress::read(hidden), Err(EmailFault::Invisible), "{hidden:?}");
    }
    assert!(
        EmailAddress::parse("a@نامه\u{200c}ای.com").is_some(),
        "a joiner where its script needs it"
    );
    assert!(EmailAddress::parse("a@exam\u{200d}ple.com").is_none());
}

#[test]
fn servers_get_labels_that_every_server_knows() {
    let ada = EmailAddress::parse("ada@пример.рф").unwrap();
    assert_eq!(ada.for_servers(), "ada@xn--e1afmkfd.xn--p1ai");
    assert_eq!(
        EmailAddress::parse("ada@example.org").unwrap().for_servers(),
        "ada@example.org"
    );
}

#[test]
fn an_address_of_an_earlier_version_can_be_read() {
    for old in [
        "ada@xn--e1afmkfd.xn--p1ai",
        "ada\u{200b}@example.org",
        "ada@ｅｘ.org",
        "rene\u{301}@x.org",
    ] {
        assert_eq!(EmailAddress::stored(old).unwrap().as_str(), old);
        assert_eq!(
            EmailAddress::former(&old.to_uppercase().to_lowercase())
                .unwrap()
                .as_str(),
            old
        );
    }
    let found = EmailAddress::spellings("Ada@XN--E1AFMKFD.xn--p1ai");
    let found: Vec<&str> = found.iter().map(EmailAddress::as_str).collect();
    assert_eq!(found, ["ada@xn--e1afmkfd.xn--p1ai", "ada@пример.рф"]);
    assert_eq!(EmailAddress::spellings("Ada@Example.org").len(), 1);
    assert!(EmailAddress::spellings("no address").is_empty());
    assert_eq!(
        EmailAddress::key("Ada@XN--E1AFMKFD.xn--p1ai"),
        EmailAddress::key("ada@ПРИМЕР.РФ")
    );
    assert_eq!(EmailAddress::former("Ada@Example.org"), None, "it is the normal form");
    assert_eq!(EmailAddress::former("ada@example.org\r\nBcc: x@y.zz"), None);
    assert_eq!(EmailAddress::stored("a b@example.org"), None);
}

proptest! {
    #[test]
    fn the_normal_form_is_its_own(text in "[a-zA-Zß-žЀ-я\u{300}-\u{304}İΣ.+]{1,12}@[a-zA-Zß-žЀ-я\u{300}-\u{304}0-9-]{1,12}\\.[a-zß-ž]{2,5}") {
        if let Some(email) = EmailAddress::parse(&text) {
            prop_assert_eq!(EmailAddress::parse(email.as_str()), Some(email.clone()));
            prop_assert_eq!(EmailAddress::parse(&email.for_servers()), Some(email.clone()));
            prop_assert_eq!(EmailAddress::stored(email.as_str()), Some(email));
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,40}@\\PC{0,40}") {
        let _ = (EmailAddress::parse(&text), EmailAddress::former(&text), EmailAddress::stored(&text));
    }
}

#[test]
fn an_address_is_masked_where_it_could_reach_a_log() {
    let text = format!("{:?}", EmailAddress::parse("ada@example.org").unwrap());
    assert_eq!(text, "a…@example.org");
}
