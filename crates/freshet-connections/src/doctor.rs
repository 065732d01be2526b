//! What on this machine keeps connections from working: folders, rights, the registry, its key, the
//! clock, certificates, proxies, and connections that need a person. Leaves nothing changed, holds no secret.

use std::env;
use std::fs::{self, Metadata};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use http::Method;
use url::Url;

use crate::Connections;
use crate::clock::{rfc3339, time_told};
use crate::connection::Status;
use crate::error::{ConnectionError, cause};
use crate::manage::{ConnectionView, ListFilter};
use crate::registry::{Filter, RegistryReport};
use crate::room;
use crate::scheme::Additions;
use crate::service::hosts::is_loopback;
use crate::settings::CONNECTIONS;
use crate::transport::{Exchange, HttpTransport, WireRequest};

/// A clock that is off by more than this breaks signatures and expiries, in milliseconds.
const SKEW: i64 = 60_000;
/// Before this nobody can have run this program: 2026-01-01 UTC, in milliseconds.
const EARLIEST: i64 = 1_767_225_600_000;
/// Without a backup for so long, somebody is told, in milliseconds: 30 days.
const OLD: i64 = 30 * 24 * 60 * 60 * 1000;

/// How serious a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// As it should be.
    Good,
    /// Works, and may not for long or not everywhere.
    Warning,
    /// Something does not work.
    Wrong,
}

impl State {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            State::Good => "ok",
            State::Warning => "warning",
            State::Wrong => "wrong",
        }
    }
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at, in a word.
    pub name: String,
    /// How it is.
    pub state: State,
    /// What was found.
    pub found: String,
    /// The next step, where there is one.
    pub help: Option<String>,
}

impl Finding {
    fn new(name: &str, state: State, found: impl Into<String>, help: impl Into<String>) -> Self {
        let help = help.into();
        Finding {
            name: name.to_owned(),
            state,
            found: found.into(),
            help: (!help.is_empty()).then_some(help),
        }
    }

    fn good(name: &str, found: impl Into<String>) -> Self {
        Self::new(name, State::Good, found, "")
    }

    fn wrong(name: &str, error: &ConnectionError) -> Self {
        let found = format!("{} ({})", error.message(), error.code());
        Self::new(name, State::Wrong, found, error.help().unwrap_or_default())
    }
}

impl Connections {
    /// Looks at everything that connections need on this machine. Sends nothing.
    #[must_use]
    pub fn diagnose(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        let now = self.store.clock.now();
        match self.check_registry() {
            Err(error) => findings.push(Finding::wrong("registry", &error)),
            Ok(report) => {
                findings.extend(folder(&report.path));
                findings.push(file_system(&report.path));
                findings.extend(registry(&report));
                if !is_foreign(&report) {
                    findings.extend(permissions(&report.path));
                    findings.push(backups(&report, now));
                }
                findings.push(self.clock(&report, now));
            }
        }
        findings.push(certificates(self));
        findings.extend(proxies());
        if self.store.settings.use_only {
            let found = "this process may use connections, not manage them";
            findings.push(Finding::good("rights", format!("{found} ({CONNECTIONS})")));
        }
        findings.extend(self.each_connection(now));
        findings
    }

    /// Asks a host of each connection for its time, without a credential: whether it can be reached,
    /// and whether the clock of this machine is right.
    pub async fn diagnose_online(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut asked = Vec::new();
        for view in self.list(&ListFilter::default()).unwrap_or_default() {
            let Some(host) = view.hosts.iter().find(|host| !host.contains(['*', '{'])) else {
                continue;
            };
            if !asked.contains(host) {
                asked.push(host.clone());
                findings.push(self.ask(host).await);
            }
        }
        findings
    }

    async fn ask(&self, host: &str) -> Finding {
        let name = format!("host {host}");
        // Services on loopback speak plain http.
        let url = Url::parse(&format!("http://{host}/"))
            .ok()
            .filter(is_loopback)
            .or_else(|| Url::parse(&format!("https://{host}/")).ok());
        let Some(url) = url else {
            return Finding::new(&name, State::Wrong, "it is no host", "");
        };
        let exchange = Exchange {
            request: WireRequest::new(Method::HEAD, url),
            additions: Additions::default(),
            follow: false,
            limits: self.store.settings.limits,
        };
        let arrival = match self.http.transport.send(exchange).await {
            Ok(arrival) => arrival,
            Err(error) => return Finding::wrong(&name, &error),
        };
        let Some(there) = time_told(&arrival.headers) else {
            return Finding::good(&name, "it answers, and tells no time");
        };
        let skew = self.store.clock.now() - there;
        if skew.abs() <= SKEW {
            return Finding::good(&name, "it answers, and its clock agrees");
        }
        let side = if skew > 0 { "ahead of" } else { "behind" };
        Finding::new(
            &name,
            State::Wrong,
            format!("the clock here is {} s {side} its clock", skew.abs() / 1000),
            "set the clock of this machine, or let it be set over the network",
        )
    }

    /// Whether the clock can be right, as far as the registry knows.
    fn clock(&self, report: &RegistryReport, now: i64) -> Finding {
        let help = "set the clock of this machine, or let it be set over the network";
        let here = rfc3339(now);
        if now < EARLIEST {
            return Finding::new("clock", State::Wrong, format!("it says {here}"), help);
        }
        let newest = Filter {
            limit: Some(1),
            ..Filter::default()
        };
        let entries = if report.exists {
            self.log(&newest).unwrap_or_default()
        } else {
            Vec::new()
        };
        match entries.last().map(|entry| entry.at) {
            Some(at) if at > now + SKEW => Finding::new(
                "clock",
                State::Wrong,
                format!(
                    "it says {here}, but the log has an entry of {}",
                    rfc3339(at)
                ),
                help,
            ),
            _ => Finding::good("clock", here),
        }
    }

    fn each_connection(&self, now: i64) -> Vec<Finding> {
        let views = match self.list(&ListFilter::default()) {
            Ok(views) => views,
            // The registry has been found wrong already.
            Err(_) => return Vec::new(),
        };
        views.iter().map(|view| of_connection(view, now)).collect()
    }
}

fn of_connection(view: &ConnectionView, now: i64) -> Finding {
    let link = &view.link_name;
    let name = format!("connection {link}");
    let reason = view
        .reason
        .map(|reason| format!(" ({})", reason.as_str()))
        .unwrap_or_default();
    let state = format!("{}{reason}", view.status.as_str());
    match view.status {
        Status::NeedsAuthorisation => Finding::new(
            &name,
            State::Wrong,
            state,
            format!("run `freshet connection reconnect {link}`"),
        ),
        // As C0005 says.
        Status::Failed => Finding::new(
            &name,
            State::Wrong,
            state,
            format!("run `freshet connection connect {link}`"),
        ),
        Status::Created => Finding::new(
            &name,
            State::Warning,
            state,
            format!("run `freshet connection connect {link}`"),
        ),
        Status::Disabled => Finding::good(&name, state),
        Status::Authorised | Status::Expired => {
            let soon = view.warnings.first();
            let until = view.expires_at.map(|at| {
                let word = if at > now { "until" } else { "over since" };
                format!(", token {word} {}", rfc3339(at))
            });
            let found = format!("{state}{}", until.unwrap_or_default());
            match soon {
                Some(warning) => Finding::new(&name, State::Warning, found, warning.clone()),
                None => Finding::good(&name, found),
            }
        }
    }
}

/// The nearest folder that is there.
fn existing(path: &Path) -> Option<PathBuf> {
    let mut folder = path.parent()?;
    while !folder.as_os_str().is_empty() && !folder.exists() {
        folder = folder.parent()?;
    }
    Some(if folder.as_os_str().is_empty() {
        PathBuf::from(".")
    } else {
        folder.to_owned()
    })
}

/// Whether files can be made where the registry is, or will be.
fn folder(path: &Path) -> Option<Finding> {
    let folder = existing(path)?;
    let shown = folder.display();
    let wrong = |found: String, help: &str| Some(Finding::new("folder", State::Wrong, found, help));
    if !access(&folder, libc::W_OK | libc::X_OK) {
        return wrong(
            format!("no file can be made in {shown}"),
            "correct its rights, or choose another place with --registry PATH or FRESHET_REGISTRY",
        );
    }
    if path.parent() != Some(&folder) {
        // Where there is no registry yet, other folders are left alone.
        return Some(Finding::good(
            "folder",
            format!("files can be made in {shown}"),
        ));
    }
    match room::probe(&folder, 0) {
        Ok(()) => Some(Finding::good(
            "folder",
            format!("files can be made in {shown}, and there is room for them"),
        )),
        Err(error) if room::is_missing(&error) => wrong(
            format!("no space left on the disk of {shown}: 4 KiB cannot be written"),
            "free some space there: no token can be stored while it is full",
        ),
        Err(error) => wrong(
            format!("4 KiB cannot be written in {shown}: {}", cause(&error)),
            "see whether the disk is sound, or choose another place with --registry PATH or FRESHET_REGISTRY",
        ),
    }
}

#[allow(
    unsafe_code,
    reason = "the rights of this process are asked of a function of C"
)]
fn access(path: &Path, rights: libc::c_int) -> bool {
    use std::os::unix::ffi::OsStrExt;
    let Ok(path) = std::ffi::CString::new(path.as_os_str().as_bytes()) else {
        return false;
    };
    // SAFETY: the text ends with a zero byte and lives through the call, which only reads it.
    unsafe { libc::access(path.as_ptr(), rights) == 0 }
}

/// WAL needs memory that processes share, which file systems over a network do not give.
fn file_system(path: &Path) -> Finding {
    let kind = existing(path).and_then(|folder| kind_of(&folder));
    match kind.and_then(network) {
        Some(name) => Finding::new(
            "file system",
            State::Warning,
            format!(
                "{name}: it may lie on the network, where several machines damage the registry"
            ),
            "keep the registry on a local disk: --registry PATH or FRESHET_REGISTRY",
        ),
        None => Finding::good("file system", "local"),
    }
}

/// The number of the file system that a folder is on.
#[cfg(target_os = "linux")]
#[allow(
    unsafe_code,
    clippy::unnecessary_cast,
    reason = "a file system is asked for its kind by a function of C, in a type that differs by machine"
)]
fn kind_of(folder: &Path) -> Option<u64> {
    use std::os::unix::ffi::OsStrExt;
    let path = std::ffi::CString::new(folder.as_os_str().as_bytes()).ok()?;
    let mut found = std::mem::MaybeUninit::<libc::statfs>::zeroed();
    // SAFETY: the text ends with a zero byte, the structure is written by the call and read only
    // after it has succeeded; all its fields are numbers, for which zero is a value.
    let kind = unsafe {
        if libc::statfs(path.as_ptr(), found.as_mut_ptr()) != 0 {
            return None;
        }
        found.assume_init().f_type
    };
    Some(kind as u64 & 0xffff_ffff)
}

#[cfg(not(target_os = "linux"))]
fn kind_of(_: &Path) -> Option<u64> {
    None
}

/// File systems that lie, or may lie, on another machine, by their numbers (statfs(2)).
fn network(kind: u64) -> Option<&'static str> {
    Some(match kind {
        0x6969 => "NFS",
        0x517b | 0xff53_4d42 | 0xfe53_4d42 => "SMB",
        0x0102_1997 => "9P",
        0x00c3_6400 => "Ceph",
        0x5346_414f => "AFS",
        0x7375_7245 => "Coda",
        0x0bd0_0bd0 => "Lustre",
        0x7461_636f => "OCFS2",
        0x0116_1970 => "GFS2",
        0x786f_4256 => "a folder of the host",
        0x6573_5546 => "FUSE",
        _ => return None,
    })
}

fn registry(report: &RegistryReport) -> Vec<Finding> {
    let path = report.path.display();
    if !report.exists {
        let found = format!("there is none yet; it will be {path}");
        return vec![Finding::good("registry", found)];
    }
    let mut findings = vec![Finding::good("registry", path.to_string())];
    for check in &report.checks {
        if check.errors.is_empty() {
            findings.push(Finding::good(check.name, check.found.clone()));
        }
        let wrong = check.errors.iter();
        findings.extend(wrong.map(|error| Finding::wrong(check.name, error)));
    }
    findings
}

/// Whether what lies there is none of this program's, as far as it can be read: its rights and backups are the business
/// of whoever made it.
fn is_foreign(report: &RegistryReport) -> bool {
    let file = report.checks.iter().find(|check| check.name == "file");
    file.is_some_and(|check| !check.errors.is_empty()) && access(&report.path, libc::R_OK)
}

/// Files that others may read or write.
fn permissions(path: &Path) -> Vec<Finding> {
    let Some(folder) = path.parent().filter(|folder| folder.exists()) else {
        return Vec::new();
    };
    let owner = fs::metadata("/proc/self").ok().map(|own| own.uid());
    let mut wrong = Vec::new();
    let mut count = 0;
    let mut look = |path: PathBuf, most: u32| {
        let Ok(found) = fs::symlink_metadata(&path) else {
            return;
        };
        count += 1;
        wrong.extend(fault_of(&path, &found, most, owner));
    };
    look(path.to_owned(), 0o600);
    let companions = ["-wal", "-shm"].map(|ending| {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    });
    for companion in &companions {
        look(companion.clone(), 0o600);
    }
    look(folder.join("key"), 0o600);
    for name in ["backups", "locks"] {
        look(folder.join(name), 0o700);
        for entry in fs::read_dir(folder.join(name))
            .into_iter()
            .flatten()
            .flatten()
        {
            look(entry.path(), 0o600);
        }
    }
    if path.exists() {
        let files = companions.iter().map(PathBuf::as_path).chain([path]);
        wrong.extend(files.filter(|file| file.exists()).filter_map(read_only));
    }
    if wrong.is_empty() && count > 0 {
        wrong.push(Finding::good("permissions", "everything is yours alone"));
    }
    wrong
}

/// A file of the registry that cannot be written, so that no token can be stored.
fn read_only(path: &Path) -> Option<Finding> {
    let shown = path.display();
    (!access(path, libc::W_OK)).then(|| {
        Finding::new(
            "permissions",
            State::Wrong,
            format!("{shown} cannot be written, so no token can be stored"),
            format!("run `chmod 600 {shown}`, and see that its disk may be written to"),
        )
    })
}

fn fault_of(path: &Path, found: &Metadata, most: u32, owner: Option<u32>) -> Option<Finding> {
    let shown = path.display();
    if found.file_type().is_symlink() {
        return None;
    }
    let mode = found.permissions().mode() & 0o777;
    if mode & !most & 0o077 != 0 {
        return Some(Finding::new(
            "permissions",
            State::Wrong,
            format!("others may use {shown} (mode {mode:04o})"),
            format!("run `chmod {most:o} {shown}`"),
        ));
    }
    let is_other = owner.is_some_and(|owner| owner != 0 && owner != found.uid());
    is_other.then(|| {
        Finding::new(
            "permissions",
            State::Wrong,
            format!("{shown} belongs to another user, number {}", found.uid()),
            "give it to the user who runs scripts, as chown does",
        )
    })
}

fn backups(report: &RegistryReport, now: i64) -> Finding {
    let help = "run `freshet registry backup`";
    let newest = report.backups.iter().rfind(|backup| backup.sound);
    let Some(newest) = newest else {
        return match report.exists {
            true => Finding::new("backup", State::Warning, "there is none", help),
            false => Finding::good("backup", "there is nothing to back up"),
        };
    };
    let shown = newest.path.display();
    let made = newest
        .path
        .file_stem()
        .and_then(|name| name.to_str()?.strip_prefix("registry-")?.parse().ok());
    match made {
        Some(at) if now - at > OLD => Finding::new(
            "backup",
            State::Warning,
            format!("the newest is of {}: {shown}", rfc3339(at)),
            help,
        ),
        _ => Finding::good("backup", shown.to_string()),
    }
}

/// Whether encrypted connections can be made, and the added certificates be read.
fn certificates(connections: &Connections) -> Finding {
    let settings = &connections.store.settings;
    let extra = settings.ca_file.as_ref().map(|path| path.display());
    match HttpTransport::new(settings).trust() {
        Ok(true) => Finding::good(
            "certificates",
            match extra {
                Some(path) => format!("those of the system, and {path}"),
                None => "those of the system".to_owned(),
            },
        ),
        Ok(false) => Finding::new(
            "certificates",
            State::Wrong,
            "the system has none, so every https server is refused",
            "install the package ca-certificates, or name a file with FRESHET_CA_FILE",
        ),
        Err(error) => Finding::new(
            "certificates",
            State::Wrong,
            error.message(),
            error.help().unwrap_or_default(),
        ),
    }
}

/// The proxies that requests go through, without their credentials.
fn proxies() -> Vec<Finding> {
    let mut findings = Vec::new();
    for name in ["http_proxy", "https_proxy", "all_proxy"] {
        let upper = name.to_ascii_uppercase();
        let set = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
        // Of both spellings the small one counts, as elsewhere.
        let Some((name, value)) = set(name)
            .map(|value| (name.to_owned(), value))
            .or_else(|| set(&upper).map(|value| (upper, value)))
        else {
            continue;
        };
        findings.push(proxy(&name, &value));
    }
    if findings.is_empty() {
        findings.push(Finding::good("proxy", "none"));
    }
    findings
}

fn proxy(name: &str, value: &str) -> Finding {
    let parsed = match value.contains("://") {
        true => Url::parse(value),
        false => Url::parse(&format!("http://{value}")),
    };
    let Some(url) = parsed.ok().filter(Url::has_host) else {
        // It may hold a password, so it is not shown.
        let help = format!("write it as {name}=http://HOST:PORT");
        return Finding::new("proxy", State::Wrong, format!("{name} is no address"), help);
    };
    let host = url.host_str().unwrap_or_default();
    let port = url
        .port()
        .map(|port| format!(":{port}"))
        .unwrap_or_default();
    let user = if url.username().is_empty() && url.password().is_none() {
        ""
    } else {
        ", with a user name"
    };
    Finding::good(
        "proxy",
        format!("{name}: {}://{host}{port}{user}", url.scheme()),
    )
}

#[cfg(test)]
mod tests {
    use super::{State, network, proxy};

    #[test]
    fn file_systems_on_the_network_are_known_by_their_numbers() {
        assert_eq!(network(0x6969), Some("NFS"));
        assert_eq!(network(0xff53_4d42), Some("SMB"));
        // ext4, tmpfs, btrfs, overlay
        for local in [0xef53, 0x0102_1994, 0x9123_683e, 0x794c_7630] {
            assert_eq!(network(local), None);
        }
    }

    #[test]
    fn the_credentials_of_a_proxy_are_not_shown() {
        for value in [
            "http://ada:s3cret@proxy.example:3128/",
            "ada:s3cret@proxy.example:3128",
        ] {
            let found = proxy("HTTPS_PROXY", value);
            assert_eq!(found.state, State::Good);
            assert_eq!(
                found.found,
                "HTTPS_PROXY: http://proxy.example:3128, with a user name"
            );
        }
        let wrong = proxy("HTTPS_PROXY", "http://s3cret@");
        assert_eq!(wrong.state, State::Wrong);
        assert!(!format!("{wrong:?}").contains("s3cret"));
    }
}
