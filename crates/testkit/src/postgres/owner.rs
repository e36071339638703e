//! The user who runs a server's processes, and how they are started.

use std::fs::File;
use std::os::unix::fs::chown;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::thread;

use anyhow::{Context, Result, ensure};

use super::DURABLE;

/// The user who runs the server: PostgreSQL refuses to run as root, so root runs it as an unprivileged user.
#[derive(Clone, Copy, Debug)]
pub(super) struct Owner(Option<(u32, u32)>);

impl Owner {
    pub(super) fn find() -> Result<Self> {
        if number("-u", None)? != 0 {
            return Ok(Self(None));
        }
        let user = |name| Ok::<_, anyhow::Error>((number("-u", Some(name))?, number("-g", Some(name))?));
        let ids = user("postgres")
            .or_else(|_| user("nobody"))
            .context("neither the user postgres nor nobody exists")?;
        Ok(Self(Some(ids)))
    }

    pub(super) fn initialise(&self, binaries: &Path, folder: &Path) -> Result<()> {
        if let Self(Some((user, group))) = self {
            chown(folder, Some(*user), Some(*group))?;
        }
        let output = self
            .command(&binaries.join("initdb"), folder)
            .args([
                "--username=postgres",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
            ])
            .arg("--pgdata")
            .arg(folder.join("data"))
            .output()
            .context("setpriv (of util-linux) does not start")?;
        ensure!(
            output.status.success(),
            "initdb failed: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(())
    }

    pub(super) fn serve(&self, binaries: &Path, folder: &Path, port: u16) -> Result<Child> {
        let log = File::create(folder.join("log"))?;
        let mut command = self.command(&binaries.join("postgres"), folder);
        command
            .arg("-D")
            .arg(folder.join("data"))
            .arg("-k")
            .arg(folder)
            .arg("-p")
            .arg(port.to_string());
        // Without it a page may be torn when the machine crashes, and then the servers of tests are gone.
        let durable = if DURABLE.load(Ordering::Relaxed) { "on" } else { "off" };
        for setting in ["fsync", "full_page_writes"] {
            command.args(["-c", &format!("{setting}={durable}")]);
        }
        for setting in [
            "listen_addresses=127.0.0.1",
            "track_commit_timestamp=on",
            "max_connections=300",
            "shared_buffers=64MB",
        ] {
            command.args(["-c", setting]);
        }
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        spawn_for_life(command)
    }

    /// `program` as this user; it is told to stop when the thread that starts it ends.
    fn command(&self, program: &Path, folder: &Path) -> Command {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "INT"]);
        if let Self(Some((user, group))) = self {
            command.args([
                format!("--reuid={user}"),
                format!("--regid={group}"),
                "--clear-groups".to_owned(),
            ]);
        }
        command.arg("--").arg(program).current_dir(folder);
        command
    }
}

/// Starts `command` on a thread that lasts as long as the process.
///
/// The parent-death signal follows the *thread* that started the child: from a test's own thread, the server would stop
/// for all other tests as soon as the first test is over.
fn spawn_for_life(mut command: Command) -> Result<Child> {
    let (sender, receiver) = mpsc::channel();
    thread::Builder::new().name("postgres".to_owned()).spawn(move || {
        // Without a receiver the test process is about to end.
        let _ = sender.send(command.spawn());
        loop {
            thread::park();
        }
    })?;
    receiver.recv()?.context("setpriv (of util-linux) does not start")
}

/// The user's number from `id`, or this process's.
fn number(option: &str, user: Option<&str>) -> Result<u32> {
    let output = Command::new("id")
        .arg(option)
        .args(user)
        .output()
        .context("id does not start")?;
    ensure!(output.status.success(), "no user {user:?}");
    Ok(String::from_utf8(output.stdout)?.trim().parse()?)
}
