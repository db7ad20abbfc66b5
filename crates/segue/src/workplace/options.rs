//! What a deploy may and may not do, as the project says.

use segue_engine::{Failure, Options};
use segue_plan::Strategy;
use segue_project::config::Setting;
use segue_sql::Problem;

use super::{Workplace, value};
use crate::Migrator;

/// The variables by which a tool itself learns where its history is. Sources: goose 3.26 (`cmd/goose/main.go`,
/// which reads `.env` too), dbmate 2.36 (`main.go`).
const TABLE_VARIABLES: [(&str, &str); 2] = [
    ("goose", "GOOSE_TABLE"),
    ("dbmate", "DBMATE_MIGRATIONS_TABLE"),
];

impl Workplace {
    /// The caller's options, completed by the settings of the project.
    pub(crate) fn options(&self, migrator: &Migrator) -> Result<Options, Failure> {
        let settings = self.settings()?;
        let vars = self.vars();
        let mut options = migrator.options.clone();
        options.functions = migrator.functions.clone();
        let session = &mut options.settings;
        session.schema = value(settings.schema(&vars)?).or(session.schema.take());
        session.role = value(settings.role(&vars)?).or(session.role.take());
        if let Some(time) = migrator
            .lock_timeout
            .or(value(settings.lock_timeout(&vars)?))
        {
            session.lock_timeout = time;
        }
        if let Some(time) = value(settings.statement_timeout(&vars)?) {
            session.statement_timeout = time;
        }
        if let Some(time) = migrator.lock_budget.or(value(settings.lock_budget(&vars)?)) {
            options.patience.locks = time;
            options.patience.steps = time;
        }
        if options.pace.windows.are_any_time()
            && let Some(windows) = value(settings.windows())
        {
            options.pace.windows = windows;
        }
        let pace = &mut options.pace;
        pace.max_slowdown = pace.max_slowdown.or(settings.max_slowdown());
        pace.slices &= settings.slices();
        if options.windows.are_any_time()
            && let Some(windows) = value(settings.large_windows())
        {
            options.windows = windows;
            options.windows_place = settings.large_windows_place();
        }
        options.quiet = options.quiet.or(settings.quiet());
        options.pace.quiet = options.quiet;
        options.strict |= settings.strict();
        let strategy = settings.strategy(&vars)?.map(strategy_of).transpose()?;
        options.strategy = migrator.strategy.or(strategy).unwrap_or(options.strategy);
        let lint = self.config.lint(settings.environment());
        (options.policy, _) = crate::lint::policy_of(&lint)?;
        let tables = lint.tables.into_iter();
        options.declared = tables.map(|(named, rows)| (named.name, rows)).collect();
        let place = &mut options.place;
        place.schema = value(settings.history_schema(&vars)?).or(place.schema.take());
        place.table = value(settings.history_table(&vars)?).or(place.table.take());
        for (layout, variable) in TABLE_VARIABLES {
            let name = value(vars.get(variable)?).filter(|name| !name.is_empty());
            // goose writes the name without quotes, and so in lower case; dbmate quotes it.
            let name = name.map(|name| match layout {
                "goose" => name.to_lowercase(),
                _ => name,
            });
            place.by_tool.extend(name.map(|name| (layout, name)));
        }
        Ok(options)
    }
}

fn strategy_of(setting: Setting<String>) -> Result<Strategy, Problem> {
    match setting.value.as_str() {
        "online" => Ok(Strategy::Online),
        "direct" => Ok(Strategy::Direct),
        other => Err(
            Problem::new(format!("`strategy` is `{other}` ({})", setting.origin))
                .help("`online`: the app runs on; `direct`: no app is running"),
        ),
    }
}
