//! The commands about staff: `make-admin` and `staff`.

use clap::{Args, Subcommand};
use domain::staff::StaffRole;

/// Whom to make an administrator.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct MakeAdminArgs {
    /// The e-mail address. An account that it has already keeps its password.
    pub email: String,
    /// The role: owner, finance, catalogue, support or read-only.
    #[arg(long, value_name = "ROLE", default_value = "owner", value_parser = staff_role)]
    pub role: StaffRole,
    /// Read a new account's password from standard input instead of asking for it.
    #[arg(long)]
    pub password_stdin: bool,
}

/// What is done to roles; without a command they are shown.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct StaffArgs {
    /// What to do; `None` shows who has a role.
    #[command(subcommand)]
    pub command: Option<StaffCommand>,
}

/// What becomes of somebody's role.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum StaffCommand {
    /// Give somebody who has an account a role, or another one.
    Grant {
        /// The e-mail address.
        email: String,
        /// The role: owner, finance, catalogue, support or read-only.
        #[arg(value_parser = staff_role)]
        role: StaffRole,
    },
    /// Take somebody's role. The last owner keeps theirs.
    Revoke {
        /// The e-mail address.
        email: String,
    },
}

fn staff_role(text: &str) -> Result<StaffRole, String> {
    let names = StaffRole::ALL.map(StaffRole::as_str).join(", ");
    StaffRole::parse(text).ok_or_else(|| format!("a role is one of {names}"))
}
