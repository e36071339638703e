//! A real PostgreSQL for one test process: a cluster of its own that dies with the process, however that ends.

mod binaries;

use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection};
use tokio::sync::OnceCell;

use crate::folder;

/// Folders are named after this and the process they serve: that is how the next run knows the stale ones.
const PREFIX: &str = "latchkey-postgres-";
/// A cluster starts in about two seconds; a machine busy with compiling may need much longer.
const PATIENCE: Duration = Duration::from_secs(60);
/// Another process may take the free port before the server does.
const ATTEMPTS: usize = 3;

static SHARED: OnceCell<Postgres> = OnceCell::const_new();

/// A running server on 127.0.0.1 that trusts everybody and survives no crash (`fsync=off`).
#[derive(Debug)]
pub struct Postgres {
    port: u16,
    databases: AtomicU64,
}

impl Postgres {
    /// The server of this test process, started by whichever test asks first.
    ///
    /// # Errors
    /// No server binaries on this machine, no user to run them as, or a server that does not come up.
    pub async fn shared() -> Result<&'static Self> {
        SHARED.get_or_try_init(Self::start).await
    }

    /// Makes an empty database and returns its URL, `postgres://postgres@127.0.0.1:PORT/NAME`.
    ///
    /// # Errors
    /// The server refuses.
    pub async fn database(&self) -> Result<String> {
        self.copy("template1").await
    }

    /// Makes a copy of the database `template`, to which nobody may be connected, and returns its URL.
    ///
    /// # Errors
    /// The server refuses: no such template, or somebody is connected to it.
    pub async fn copy(&self, template: &str) -> Result<String> {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let server = connect(&self.url("postgres"), PATIENCE).await?;
        let made = server
            .execute_unprepared(&format!("CREATE DATABASE \"{name}\" TEMPLATE \"{template}\""))
            .await;
        server.close().await?;
        made.with_context(|| format!("the database {name} from {template}"))?;
        Ok(self.url(&name))
    }

    fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    async fn start() -> Result<Self> {
        let binaries = binaries::find().context("no PostgreSQL server here: `cargo xtask test` installs one")?;
        let folder = folder::of_this_process(PREFIX)?;
        let owner = Owner::find()?;
        owner.initialise(&binaries, &folder)?;
        let mut last = None;
        for _ in 0..ATTEMPTS {
            let server = Self {
                port: free_port()?,
                databases: AtomicU64::new(0),
            };
            let mut child = owner.serve(&binaries, &folder, server.port)?;
            match server.ready(&mut child).await {
                Ok(()) => return Ok(server),
                Err(error) => last = Some(error),
            }
            // Gone already or of no use: the next attempt needs the data folder.
            let _ = child.kill();
            child.wait()?;
        }
        let log = fs::read_to_string(folder.join("log")).unwrap_or_default();
        Err(last
            .context("no attempt was made")?
            .context(format!("PostgreSQL does not start; it says:\n{log}")))
    }

    async fn ready(&self, child: &mut Child) -> Result<()> {
        let start = Instant::now();
        loop {
            if let Some(status) = child.try_wait()? {
                bail!("the server stopped with {status}");
            }
            match connect(&self.url("postgres"), Duration::from_secs(1)).await {
                Ok(connection) => return Ok(connection.close().await?),
                Err(error) if start.elapsed() > PATIENCE => return Err(error),
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    }
}

async fn connect(url: &str, patience: Duration) -> Result<DatabaseConnection> {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(1)
        .connect_timeout(patience)
        .acquire_timeout(patience)
        .sqlx_logging(false);
    Ok(Database::connect(options).await?)
}

/// Who runs the server: PostgreSQL refuses to be root, so root lends it an unprivileged user.
struct Owner(Option<(u32, u32)>);

impl Owner {
    fn find() -> Result<Self> {
        if number("-u", None)? != 0 {
            return Ok(Self(None));
        }
        let user = |name| Ok::<_, anyhow::Error>((number("-u", Some(name))?, number("-g", Some(name))?));
        let ids = user("postgres")
            .or_else(|_| user("nobody"))
            .context("neither the user postgres nor nobody exists")?;
        Ok(Self(Some(ids)))
    }

    fn initialise(&self, binaries: &Path, folder: &Path) -> Result<()> {
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

    fn serve(&self, binaries: &Path, folder: &Path, port: u16) -> Result<Child> {
        let log = File::create(folder.join("log"))?;
        let mut command = self.command(&binaries.join("postgres"), folder);
        command
            .arg("-D")
            .arg(folder.join("data"))
            .arg("-k")
            .arg(folder)
            .arg("-p")
            .arg(port.to_string());
        for setting in [
            "listen_addresses=127.0.0.1",
            "fsync=off",
            "track_commit_timestamp=on",
            "max_connections=300",
            "shared_buffers=64MB",
        ] {
            command.args(["-c", setting]);
        }
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        spawn_for_life(command)
    }

    /// `program` as this owner; it is asked to stop when the thread that starts it ends.
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
/// under the feet of all other tests as soon as the first test is over.
fn spawn_for_life(mut command: Command) -> Result<Child> {
    let (sender, receiver) = mpsc::channel();
    thread::Builder::new().name("postgres".to_owned()).spawn(move || {
        // A receiver that is gone means a test process that is about to end.
        let _ = sender.send(command.spawn());
        loop {
            thread::park();
        }
    })?;
    receiver.recv()?.context("setpriv (of util-linux) does not start")
}

/// What `id` says of a user, or of this process.
fn number(option: &str, user: Option<&str>) -> Result<u32> {
    let output = Command::new("id")
        .arg(option)
        .args(user)
        .output()
        .context("id does not start")?;
    ensure!(output.status.success(), "no user {user:?}");
    Ok(String::from_utf8(output.stdout)?.trim().parse()?)
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use sea_orm::{ConnectionTrait, Statement};

    use super::*;

    async fn ask(url: &str, sql: &str) -> String {
        let connection = connect(url, PATIENCE).await.unwrap();
        let statement = Statement::from_string(connection.get_database_backend(), sql);
        let row = connection.query_one_raw(statement).await.unwrap().unwrap();
        row.try_get_by_index(0).unwrap()
    }

    #[tokio::test]
    async fn two_databases_know_nothing_of_each_other() {
        let server = Postgres::shared().await.unwrap();
        let (first, second) = (server.database().await.unwrap(), server.database().await.unwrap());
        assert_ne!(first, second);
        assert_eq!(ask(&first, "SELECT '1'").await, "1");
        let connection = connect(&first, PATIENCE).await.unwrap();
        connection
            .execute_unprepared("CREATE TABLE only_here (id INT)")
            .await
            .unwrap();
        connection.close().await.unwrap();
        let count = "SELECT count(*)::text FROM pg_class WHERE relname = 'only_here'";
        assert_eq!(ask(&first, count).await, "1");
        assert_eq!(ask(&second, count).await, "0");
        let copy = server.copy(first.rsplit('/').next().unwrap()).await.unwrap();
        assert_eq!(ask(&copy, count).await, "1");
    }

    #[tokio::test]
    async fn outlives_the_test_that_started_it() {
        let server = Postgres::shared().await.unwrap();
        let url = server.database().await.unwrap();
        assert_eq!(ask(&url, "SHOW track_commit_timestamp").await, "on");
    }
}
