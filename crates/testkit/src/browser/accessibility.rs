//! What axe-core finds in a page: errors of accessibility that a program can see.

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use super::Window;
use anyhow::{Context, Result, ensure};

/// The version that is asked.
const PACKAGE: &str = "axe-core@4.14.1";

/// The program, a script; fetched by npm into the target folder by the first test that needs it.
fn script() -> &'static str {
    static SCRIPT: OnceLock<String> = OnceLock::new();
    SCRIPT.get_or_init(|| fetched().expect("axe-core"))
}

fn fetched() -> Result<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target").join(PACKAGE);
    let file = folder.join("package/axe.min.js");
    if !file.exists() {
        // Another test process may do the same: the finished folder takes its name in one step.
        let draft = folder.with_extension(format!("draft-{}", std::process::id()));
        std::fs::create_dir_all(&draft)?;
        run(Command::new("npm")
            .args(["pack", PACKAGE, "--silent"])
            .current_dir(&draft))?;
        run(Command::new("sh")
            .args(["-c", "tar -xzf *.tgz package/axe.min.js"])
            .current_dir(&draft))?;
        if std::fs::rename(&draft, &folder).is_err() {
            std::fs::remove_dir_all(&draft)?;
        }
    }
    std::fs::read_to_string(&file).with_context(|| format!("{} cannot be read", file.display()))
}

fn run(command: &mut Command) -> Result<()> {
    let status = command
        .status()
        .with_context(|| format!("{command:?} does not start"))?;
    ensure!(status.success(), "{command:?} failed");
    Ok(())
}

impl Window<'_> {
    /// What axe-core finds wrong with the page, as lines; needs a window that runs scripts.
    ///
    /// # Panics
    /// When axe-core cannot be fetched or does not run.
    pub async fn inaccessible(&self) -> Vec<String> {
        let is_there = self.ask("typeof axe === 'object'").await == true;
        if !is_there {
            self.ask(&format!("{}; 0", script())).await;
        }
        // Without saying where: for most pages there is nothing to say.
        let faults = "axe.run(document, { resultTypes: ['violations'], selectors: false, elementRef: false }) \
                      .then((found) => found.violations.length)";
        if self.ask(faults).await == 0 {
            return Vec::new();
        }
        let found = "axe.run(document, { resultTypes: ['violations'] }).then((found) => found.violations.flatMap((wrong) => \
                     wrong.nodes.map((node) => `${wrong.id} ${node.target.join(' ')}: ${node.failureSummary}`)))";
        let lines = self.ask(found).await;
        let lines = lines.as_array().expect("axe-core gives a list").iter();
        lines
            .map(|line| line.as_str().map_or_else(|| line.to_string(), str::to_owned))
            .collect()
    }
}
