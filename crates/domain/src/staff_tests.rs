//! Tests of what each role may do.

use super::*;

fn named(role: StaffRole, edit: bool) -> Vec<String> {
    let wanted = role.permissions().filter(|permission| permission.edit == edit);
    wanted.map(|permission| permission.noun.as_str().to_owned()).collect()
}

#[test]
fn each_role_may_do_what_the_table_says() {
    let all = || {
        Noun::ALL
            .iter()
            .map(|noun| noun.as_str().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(named(StaffRole::Owner, true), all());
    assert_eq!(named(StaffRole::Owner, false), all());
    assert_eq!(named(StaffRole::ReadOnly, true), Vec::<String>::new());
    let unread: Vec<_> = all()
        .into_iter()
        .filter(|noun| !named(StaffRole::ReadOnly, false).contains(noun))
        .collect();
    assert_eq!(unread, ["mail-bodies", "person-exports"]);
    assert_eq!(
        named(StaffRole::Finance, true),
        [
            "orders",
            "payments",
            "ledger",
            "refunds",
            "wallets",
            "purse",
            "promo-codes",
            "review",
            "cases"
        ]
    );
    assert_eq!(
        named(StaffRole::Catalogue, false),
        [
            "jobs",
            "caches",
            "games",
            "offers",
            "suppliers",
            "sync",
            "content",
            "keys"
        ]
    );
    assert_eq!(named(StaffRole::Support, true), ["users", "orders", "review", "cases"]);
}

#[test]
fn whoever_may_change_may_read() {
    for role in StaffRole::ALL {
        for permission in role.permissions().filter(|permission| permission.edit) {
            assert!(role.may(Permission::read(permission.noun)), "{role:?} {permission}");
        }
    }
}

#[test]
fn a_name_reads_back() {
    for role in StaffRole::ALL {
        assert_eq!(StaffRole::parse(role.as_str()), Some(role));
    }
    assert_eq!(StaffRole::parse("OWNER"), None);
    assert_eq!(Permission::edit(Noun::MailBodies).to_string(), "mail-bodies.edit");
}
