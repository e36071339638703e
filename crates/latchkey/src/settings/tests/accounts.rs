//! Tests of the settings of accounts.

use super::{environment, environment_refusal};

#[test]
fn ages_are_whole_numbers_and_have_defaults() {
    let accounts = environment(&[]).settings.accounts;
    assert_eq!((accounts.session_days, accounts.staff_session_hours), (90, 12));
    let set = [
        ("LATCHKEY__ACCOUNTS__SESSION_DAYS", "7"),
        ("LATCHKEY__ACCOUNTS__STAFF_SESSION_HOURS", "1"),
    ];
    let accounts = environment(&set).settings.accounts;
    assert_eq!((accounts.session_days, accounts.staff_session_hours), (7, 1));
    for (setting, value) in [
        ("access_token_minutes", "0"),
        ("session_days", "0"),
        ("staff_session_hours", "soon"),
        ("staff_second_factor", "maybe"),
    ] {
        let variable = format!("LATCHKEY__ACCOUNTS__{}", setting.to_uppercase());
        let message = environment_refusal(&[(&variable, value)]);
        assert!(
            message.starts_with(&format!("setting `accounts.{setting}`: expected ")),
            "{message}"
        );
        assert!(
            message.contains(&format!("not `{value}` (environment {variable})")),
            "{message}"
        );
    }
}
