//! A real Redis for one test: on a port of its own, which the test can kill, pause, fill up and restart.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use ::redis::aio::MultiplexedConnection;
use ::redis::{AsyncConnectionConfig, Client, Cmd, FromRedisValue};
use tokio::sync::OnceCell;

use crate::database::own_folder;
use crate::patience::PATIENCE;
use crate::{fast, folder, port};

/// A running server on 127.0.0.1 without persistence. It ends when it is dropped, or with this process.
#[derive(Debug)]
pub struct Redis {
    port: u16,
    folder: PathBuf,
    child: Option<Child>,
}

impl Redis {
    /// A server of the test's own.
    ///
    /// # Panics
    /// When there is none: `cargo xtask test` installs one.
    pub async fn start() -> Self {
        Self::start_in(own_folder()).await
    }

    async fn start_in(folder: PathBuf) -> Self {
        fast::without("Redis");
        let mut server = Self {
            port: port::of_ones_own(),
            folder,
            child: None,
        };
        server.come_back(&[]).await;
        server
    }

    /// The server of this test process, for tests that do not change it: each shop has a prefix of its own.
    ///
    /// # Panics
    /// As [`Redis::start`].
    pub async fn shared() -> &'static Self {
        static SHARED: OnceCell<Redis> = OnceCell::const_new();
        let folder = || folder::of_this_process("latchkey-redis-").expect("a folder");
        SHARED.get_or_init(|| Self::start_in(folder())).await
    }

    /// A prefix that no other test of this process has.
    #[must_use]
    pub fn own_prefix() -> String {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        format!("test-{}:", NUMBER.fetch_add(1, Ordering::Relaxed))
    }

    /// Its port.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// `redis://127.0.0.1:PORT/0`.
    #[must_use]
    pub fn url(&self) -> String {
        self.url_of("")
    }

    /// The same with credentials, `NAME:PASSWORD@`.
    #[must_use]
    pub fn url_of(&self, who: &str) -> String {
        format!("redis://{who}127.0.0.1:{}/0", self.port)
    }

    /// Kills it. Its data is lost.
    ///
    /// # Panics
    /// When it does not run.
    pub fn kill(&mut self) {
        let mut child = self.child.take().expect("it runs");
        child.kill().expect("it is killed");
        child.wait().expect("it ends");
    }

    /// Starts it again on the same port with additional arguments, and with the files in its folder.
    ///
    /// # Panics
    /// When it does not come up.
    pub async fn come_back(&mut self, arguments: &[&str]) {
        let log = File::create(self.folder.join("log")).expect("a log");
        let mut command = Command::new("setpriv");
        command
            .args([
                "--pdeathsig",
                "KILL",
                "--",
                "redis-server",
                "--bind",
                "127.0.0.1",
                "--save",
                "",
            ])
            .args(["--appendonly", "no", "--port", &self.port.to_string(), "--dir"])
            .arg(&self.folder)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a log"))
            .stderr(log);
        self.child = Some(spawn_for_life(command));
        let start = Instant::now();
        while !self.answers().await {
            assert!(
                start.elapsed() < PATIENCE,
                "Redis does not start; it says:\n{}",
                fs::read_to_string(self.folder.join("log")).unwrap_or_default()
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Writes a snapshot of its data, from which [`Redis::come_back_with`] starts it.
    ///
    /// # Panics
    /// When it refuses.
    pub async fn snapshot(&self, name: &str) -> PathBuf {
        self.ask::<()>(&::redis::cmd("SAVE")).await;
        let copy = self.folder.join(name);
        fs::rename(self.folder.join("dump.rdb"), &copy).expect("a snapshot");
        copy
    }

    /// Kills it and starts it from a snapshot.
    ///
    /// # Panics
    /// When it does not come up.
    pub async fn come_back_with(&mut self, snapshot: &Path) {
        self.kill();
        fs::copy(snapshot, self.folder.join("dump.rdb")).expect("a copy of the snapshot");
        self.come_back(&[]).await;
        fs::remove_file(self.folder.join("dump.rdb")).expect("a snapshot that was read");
    }

    /// Sends a signal by name: `STOP` pauses it, `CONT` resumes it.
    ///
    /// # Panics
    /// When it cannot be sent.
    pub fn signal(&self, name: &str) {
        let id = self.child.as_ref().expect("it runs").id().to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status();
        assert!(sent.expect("kill").success());
    }

    /// Sends a command as an operator with all permissions.
    ///
    /// # Panics
    /// When it does not answer.
    pub async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> T {
        let mut connection = self.connection().await.expect("a connection");
        command.query_async(&mut connection).await.expect("an answer")
    }

    /// The names of all keys with this prefix.
    ///
    /// # Panics
    /// When it does not answer.
    pub async fn keys(&self, beginning: &str) -> Vec<String> {
        let mut all: Vec<String> = self.ask(::redis::cmd("KEYS").arg(format!("{beginning}*"))).await;
        all.sort();
        all
    }

    /// Whether it answers; a request for a password is an answer.
    async fn answers(&self) -> bool {
        let Some(mut connection) = self.connection().await else {
            return false;
        };
        match ::redis::cmd("PING").query_async::<String>(&mut connection).await {
            Ok(_) => true,
            Err(error) => error.code() == Some("NOAUTH"),
        }
    }

    async fn connection(&self) -> Option<MultiplexedConnection> {
        let client = Client::open(self.url()).expect("an address");
        // The library would give up after half a second, which a busy machine may exceed.
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE));
        client.get_multiplexed_async_connection_with_config(&config).await.ok()
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            // It may have ended already.
            let _ignored = child.kill();
            let _ignored = child.wait();
        }
        let _ignored = fs::remove_dir_all(&self.folder);
    }
}

/// Starts `command` on a thread that lasts as long as the process: the parent-death signal follows the thread.
fn spawn_for_life(mut command: Command) -> Child {
    let (sender, receiver) = mpsc::channel();
    let started = thread::Builder::new().name("redis".to_owned()).spawn(move || {
        let _nobody_waits = sender.send(command.spawn());
        loop {
            thread::park();
        }
    });
    started.expect("a thread");
    receiver
        .recv()
        .expect("a start")
        .expect("setpriv (of util-linux) and redis-server")
}
