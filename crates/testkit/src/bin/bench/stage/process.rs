//! A server in a process of its own: its address, and its processor time.

use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// The unit of the processor times in `/proc`: the same on every Linux.
const TICK: Duration = Duration::from_millis(10);

/// A server that prints `listening on http://ADDRESS`; it ends with this value.
pub(crate) struct Server {
    pub(crate) url: String,
    child: Child,
}

impl Server {
    pub(crate) async fn start(mut command: Command) -> Result<Self> {
        let mut child = command.stdout(Stdio::piped()).kill_on_drop(true).spawn()?;
        let mut lines = BufReader::new(child.stdout.take().context("it has no output")?).lines();
        let line = lines.next_line().await?.unwrap_or_default();
        let url = line
            .strip_prefix("listening on ")
            .with_context(|| format!("it does not listen: {line}"))?
            .to_owned();
        // Empties the pipe, so that the process never blocks on a full one.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self { url, child })
    }

    /// `ADDRESS:PORT`.
    pub(crate) fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// The process's id.
    pub(crate) fn id(&self) -> Result<u32> {
        self.child.id().context("it has ended")
    }

    /// A line of its status in kilobytes, such as `VmRSS`.
    pub(crate) fn kilobytes(&self, name: &str) -> Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id()?))?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        let number = line.context("no such line")?.trim().trim_end_matches(" kB");
        number.parse().context("not a number")
    }

    /// The processor time so far.
    pub(crate) fn processor_time(&self) -> Result<Duration> {
        let id = self.id()?;
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat"))?;
        // The name, in parentheses, may contain anything; user and system time are the 12th and 13th number after it.
        let (_, numbers) = stat.rsplit_once(')').context("no numbers")?;
        let ticks = numbers
            .split_whitespace()
            .skip(11)
            .take(2)
            .map(|number| number.parse::<u32>().context("no number"))
            .sum::<Result<u32>>()?;
        Ok(TICK * ticks)
    }
}
