//! How a batch is to be run: the options of `run`, `resume` and `retry`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use freshet_connections::{Limits as CallLimits, Settings as Connecting};
use freshet_runtime::batch::plan::{Settings, duration};
use freshet_runtime::batch::worker::{LEASE, Options};
use freshet_runtime::engine::RunOptions;
use freshet_runtime::limit::{self, Limit};
use freshet_runtime::project::Project;
use serde::{Deserialize, Serialize};

use super::report::{self, Report};
use crate::commands::mail::Mail;
use crate::commands::read_switch;
use crate::exit::Failure;
use crate::output::FormatArguments;

/// Jobs at a time, unless told otherwise.
const IN_FLIGHT: u64 = 64;
/// For one attempt, unless told otherwise.
const TIMEOUT: Duration = Duration::from_secs(300);
/// Bytes that a job may print, unless told otherwise.
const OUTPUT: u64 = 16 << 20;
/// What running jobs get at Ctrl-C.
const GRACE: Duration = Duration::from_secs(10);

/// The options.
#[derive(Args, Clone, Debug)]
pub struct How {
    /// Jobs at a time; thousands are allowed (default 64)
    #[arg(long, value_name = "N", env = "FRESHET_IN_FLIGHT", value_parser = |text: &str| read_count(text, 1, 1_000_000))]
    in_flight: Option<u64>,
    /// Further attempts of a job that failed transiently (default 0)
    #[arg(long, value_name = "N", env = "FRESHET_RETRIES", value_parser = |text: &str| read_count(text, 0, 1000))]
    retries: Option<u64>,
    /// For one attempt (default 5m)
    #[arg(long, value_name = "DURATION", value_parser = read_timeout, env = "FRESHET_TIMEOUT")]
    timeout: Option<Duration>,
    /// Take no more jobs after the first failure
    #[arg(long, env = "FRESHET_FAIL_FAST", value_parser = read_switch)]
    fail_fast: bool,
    /// Take no more jobs after this many failures
    #[arg(long, value_name = "N", env = "FRESHET_MAX_FAILURES", value_parser = |text: &str| read_count(text, 1, u64::MAX))]
    max_failures: Option<u64>,
    /// Repeat requests that may have had an effect already
    #[arg(long, env = "FRESHET_RETRY_UNSAFE", value_parser = read_switch)]
    retry_unsafe: bool,
    /// What a job may use (repeatable)
    #[arg(
        long = "limit",
        value_name = "NAME=VALUE",
        env = "FRESHET_LIMIT",
        value_parser = read_limit,
        value_delimiter = ','
    )]
    limits: Vec<String>,
    /// A report when it has ended: json, jsonl, junit, html or csv (repeatable)
    #[arg(long = "report", value_name = "FORMAT=FILE", value_parser = report::read)]
    pub reports: Vec<Report>,
    /// The log of each job as a file in this folder
    #[arg(long, value_name = "FOLDER", env = "FRESHET_OUTPUT")]
    pub output: Option<PathBuf>,
    /// Only failures are told
    #[arg(long, short, env = "FRESHET_QUIET", value_parser = read_switch)]
    pub quiet: bool,
    #[command(flatten)]
    pub format: FormatArguments,
    /// Refuse web calls to private and loopback addresses
    #[arg(long, env = "FRESHET_REFUSE_PRIVATE", value_parser = read_switch, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "true|false")]
    refuse_private: Option<bool>,
    /// Certificates to trust besides those of the system (PEM)
    #[arg(long, value_name = "FILE", env = "FRESHET_CA_FILE")]
    ca_file: Option<PathBuf>,
    /// Show web calls instead of sending them
    #[arg(long, env = "FRESHET_DRY_RUN", value_parser = read_switch)]
    pub dry_run: bool,
    /// What `sendmail` does: send, print (into the log of the job) or drop
    #[arg(
        long,
        value_enum,
        value_name = "MODE",
        hide_possible_values = true,
        env = "FRESHET_MAIL"
    )]
    mail: Option<Mail>,
}

/// What is kept with a batch, so that `resume` goes on in the same way.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Kept {
    in_flight: Option<u64>,
    retries: Option<u64>,
    timeout_ms: Option<u64>,
    max_failures: Option<u64>,
    retry_unsafe: bool,
    limits: Vec<String>,
    refuse_private: Option<bool>,
    ca_file: Option<PathBuf>,
    dry_run: bool,
    mail: Option<Mail>,
    /// The files that the batch was made from: reports spare them.
    pub read: Vec<PathBuf>,
}

impl Kept {
    /// Sets how the network is reached: what the command line says wins over the project.
    pub fn apply(&self, project: &Project, settings: &mut Connecting) {
        let set = project.settings();
        settings.refuse_private |= self
            .refuse_private
            .or(set.refuse_private())
            .unwrap_or(false);
        let ca_file = self.ca_file.clone().or(settings.ca_file.take());
        settings.ca_file = ca_file.or_else(|| set.ca_file());
    }
}

impl How {
    /// The options given, those of `before` where nothing was given, else the defaults of a plan.
    pub fn kept(&self, before: Kept, plan: &Settings) -> Kept {
        let fail_fast = if self.fail_fast || plan.fail_fast == Some(true) {
            Some(1)
        } else {
            None
        };
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let mut limits = before.limits;
        limits.extend(self.limits.iter().cloned());
        Kept {
            in_flight: self.in_flight.or(plan.in_flight).or(before.in_flight),
            retries: self.retries.or(plan.retries).or(before.retries),
            timeout_ms: self
                .timeout
                .or(plan.timeout)
                .map(millis)
                .or(before.timeout_ms),
            max_failures: self
                .max_failures
                .or(plan.max_failures)
                .or(fail_fast)
                .or(before.max_failures),
            retry_unsafe: self.retry_unsafe || plan.retry_unsafe.unwrap_or(before.retry_unsafe),
            limits,
            refuse_private: self.refuse_private.or(before.refuse_private),
            // A batch may be resumed from another folder.
            ca_file: self
                .ca_file
                .as_ref()
                .map(|path| std::path::absolute(path).unwrap_or_else(|_| path.clone()))
                .or(before.ca_file),
            dry_run: self.dry_run || before.dry_run,
            mail: self.mail.or(before.mail),
            read: before.read,
        }
    }

    /// The options of a run, and the limits of its web calls: those of the project first.
    pub fn options(
        &self,
        kept: &Kept,
        project: &Project,
        calls: &mut CallLimits,
    ) -> Result<Options, Failure> {
        let limits = kept
            .limits
            .iter()
            .map(|text| limit::parse(text))
            .collect::<Result<Vec<Limit>, _>>()
            .map_err(|wrong| Failure::usage(format!("a limit of the batch: {wrong}")))?;
        let mut run = RunOptions {
            output: Some(OUTPUT),
            ..RunOptions::default()
        };
        limit::apply(&project.settings().limits(), &mut run, calls);
        limit::apply(&limits, &mut run, calls);
        let timeout = kept.timeout_ms.map(Duration::from_millis);
        // The time of a job is that of an attempt: where both are limited, the shorter one holds.
        let times = [run.limits.time.take(), timeout];
        let timeout = times.into_iter().flatten().min().unwrap_or(TIMEOUT);
        Ok(Options {
            in_flight: usize::try_from(kept.in_flight.unwrap_or(IN_FLIGHT)).unwrap_or(usize::MAX),
            retries: kept.retries.unwrap_or(0),
            timeout: Some(timeout),
            max_failures: kept.max_failures,
            retry_unsafe: kept.retry_unsafe,
            limits: run.limits,
            calls: run.calls,
            output: run.output,
            dry_run: kept.dry_run,
            mail: kept.mail.unwrap_or_default().into(),
            mail_connection: project.settings().mail_connection().to_owned(),
            lease: LEASE,
            grace: GRACE,
        })
    }
}

/// What a plan says, and where it says nothing, what the project says.
pub fn with_project(plan: Settings, project: &Project) -> Settings {
    let set = project.settings();
    Settings {
        in_flight: plan.in_flight.or(set
            .in_flight()
            .and_then(|number| u64::try_from(number).ok())),
        retries: plan.retries.or(set.retries().map(u64::from)),
        timeout: plan.timeout.or(set.timeout()),
        ..plan
    }
}

/// `500ms`, `30s`, `5m`, `1h`, `30d`.
pub fn read_time(text: &str) -> Result<Duration, String> {
    duration(text)
        .ok_or_else(|| format!("found `{text}`, expected a time such as 500ms, 30s, 5m or 30d"))
}

/// The time of an attempt, which must have some.
fn read_timeout(text: &str) -> Result<Duration, String> {
    read_time(text).and_then(|time| match time.is_zero() {
        true => Err(format!(
            "found `{text}`, expected a time longer than none: an attempt takes some"
        )),
        false => Ok(time),
    })
}

/// A limit as it is kept with a batch.
fn read_limit(text: &str) -> Result<String, String> {
    limit::parse(text).map(|_| text.to_owned())
}

fn read_count(text: &str, least: u64, most: u64) -> Result<u64, String> {
    let count = text
        .parse()
        .ok()
        .filter(|count| (least..=most).contains(count));
    count.ok_or_else(|| match most {
        u64::MAX => format!("found `{text}`, expected a whole number from {least} on"),
        _ => format!("found `{text}`, expected a whole number from {least} to {most}"),
    })
}
