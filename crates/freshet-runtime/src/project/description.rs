//! The comment before a declaration: what the function does, and what each parameter is.

/// A description in its parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Description {
    /// What is said about the function.
    pub text: String,
    /// Names of parameters with what is said about them.
    parameters: Vec<(String, String)>,
}

impl Description {
    /// Takes a comment apart: lines `@param name text` are about parameters; lines that follow without a sign of their own
    /// go on with them.
    pub fn read(comment: &str) -> Self {
        let mut description = Self::default();
        let mut text = Vec::new();
        for line in comment.lines().map(str::trim) {
            if let Some(about) = line.strip_prefix("@param") {
                let about = about.trim();
                let (name, said) = about.split_once(char::is_whitespace).unwrap_or((about, ""));
                description
                    .parameters
                    .push((name.to_owned(), said.trim().to_owned()));
                continue;
            }
            match description.parameters.last_mut() {
                Some((_, said)) if !line.is_empty() && !line.starts_with('@') => {
                    said.push(' ');
                    said.push_str(line);
                }
                _ => text.push(line),
            }
        }
        description.text = text.join("\n").trim().to_owned();
        description
    }

    /// What is said about a parameter.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, said)| said.as_str())
    }
}
