//! What the tests of a crate ask of its templates: each is rendered from sample data, and what comes out is well-formed.

mod html;
mod sources;

use std::any::type_name;
use std::collections::BTreeSet;
use std::path::Path;

use askama::Template;

/// What became of sample data.
pub struct Sample {
    /// The type of the template, with its path.
    template: &'static str,
    text: String,
}

impl Sample {
    /// What `template` makes of itself.
    ///
    /// # Panics
    /// When it cannot be rendered.
    #[expect(
        clippy::expect_used,
        reason = "a template that cannot be rendered ends its test at once"
    )]
    pub fn of<T: Template>(template: &T) -> Self {
        Self::rendered::<T>(template.render().expect("a template renders"))
    }

    /// What became of a template of type `T`.
    #[must_use]
    pub fn rendered<T: Template>(text: String) -> Self {
        Self {
            template: type_name::<T>(),
            text,
        }
    }

    /// The name of its type, with the modules that it stands in, without lifetimes.
    fn name(&self) -> &str {
        self.template.split('<').next().unwrap_or_default()
    }
}

/// Checks that each template of the crate in `folder` is among `samples`, that each of its template files is one of those
/// or part of one, and that every sample is well-formed.
///
/// # Panics
/// With what is wrong.
pub fn check(folder: &str, samples: &[Sample]) {
    let folder = Path::new(folder);
    let sources = sources::read(folder);
    let rendered: BTreeSet<&str> = samples.iter().map(Sample::name).collect();
    let mut wrong = Vec::new();
    for (name, _) in sources
        .templates
        .iter()
        .filter(|(name, _)| !rendered.contains(name.as_str()))
    {
        wrong.push(format!("{name} is a template that no test renders"));
    }
    for file in sources.unused() {
        wrong.push(format!("templates/{file} is part of no template"));
    }
    for sample in samples {
        let Some((_, file)) = sources.templates.iter().find(|(name, _)| name == sample.name()) else {
            wrong.push(format!("{} is no template of this crate", sample.name()));
            continue;
        };
        wrong.extend(html::faults(file, &sample.text).map(|fault| format!("{file}: {fault}\n{}", sample.text)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
