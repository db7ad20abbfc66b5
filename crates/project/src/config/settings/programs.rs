//! Settings that are a file or a program: the desired schema, and the seed.

use std::sync::Arc;

use segue_sql::{Place, Problem};

use super::{Section, Settings, Value};
use crate::config::{Desired, Seed, Vars};

const SEED_KEYS: [&str; 2] = ["seed.command", "seed.file"];

impl Settings<'_> {
    /// The file or folder of SQL that says how the schema shall be, or the program that prints it.
    pub fn desired(&self, vars: &Vars<'_>) -> Result<Option<Desired>, Problem> {
        let keys = ["schema_path", "schema_command"];
        let has_any = |section: &&Section| keys.iter().any(|key| section.contains_key(key));
        let Some(section) = self.layers().find(has_any) else {
            return Ok(None);
        };
        if let Some(path) = self.text_in(section, keys[0], vars)? {
            return Ok(Some(Desired::Path(
                path.map(|path| self.config.folder.join(path)),
            )));
        }
        let command = self.command_in(section, keys[1], vars)?;
        Ok(command.map(|command| Desired::Command(command.value)))
    }

    /// What the seed is made by. `command` and `file` are one setting, as `url` and `url_file` are.
    pub fn seed(&self, vars: &Vars<'_>) -> Result<Option<(Seed, Place)>, Problem> {
        let has_seed = |section: &&Section| SEED_KEYS.iter().any(|key| section.contains_key(key));
        let Some(section) = self.layers().find(has_seed) else {
            return Ok(None);
        };
        let Some((key, entry)) = SEED_KEYS.iter().find_map(|k| Some((*k, section.get(k)?))) else {
            return Ok(None);
        };
        let empty = || {
            let message = format!("`{key}` is empty");
            let problem = self.config.problem(&entry.span, message, "nothing is here");
            problem.help("give it a value, or remove the line")
        };
        let seed = match &entry.value {
            Value::Line(line) if line.trim().is_empty() => return Err(empty()),
            Value::Line(line) => Seed::Shell(line.clone()),
            Value::Words(words) => {
                let fill = |word| self.fill(word, &entry.span, key, vars);
                let words = words.iter().map(fill).collect::<Result<Vec<_>, _>>()?;
                let program = words.first().filter(|program| !program.is_empty());
                program.ok_or_else(empty)?;
                Seed::Program(words)
            }
            Value::Text(_)
            | Value::Flag(_)
            | Value::Windows(_)
            | Value::Number(_)
            | Value::Quiet(_)
            | Value::Factor(_)
            | Value::Webhooks(_) => {
                let Some(file) = self.text_in(section, key, vars)? else {
                    return Ok(None);
                };
                Seed::File(self.config.folder.join(file.value))
            }
        };
        let place = Place {
            source: Arc::clone(&self.config.source),
            span: entry.span.clone(),
            label: "set here".into(),
        };
        Ok(Some((seed, place)))
    }
}
