//! How an attempt ended, as the registry keeps it for whoever waits in another process.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::connect::Connected;
use crate::error::{Code, ConnectionError};

/// An end, in JSON.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum Kept {
    Connected {
        status: Option<u16>,
        account: Option<String>,
        milliseconds: u64,
        warnings: Vec<Told>,
    },
    Failed(Told),
}

/// An error as it is shown. It holds no secret, as no error does.
#[derive(Deserialize, Serialize)]
struct Told {
    code: String,
    message: String,
    help: Option<String>,
    exit: u8,
    /// With which status the service answered, where that is what is told.
    status: Option<u16>,
}

impl From<&ConnectionError> for Told {
    fn from(error: &ConnectionError) -> Self {
        Told {
            code: error.code().to_owned(),
            message: error.message().to_owned(),
            help: error.help().map(str::to_owned),
            exit: error.exit(),
            status: error.http_status(),
        }
    }
}

impl Told {
    fn error(self) -> Option<ConnectionError> {
        let code = Code::parse(&self.code)?;
        Some(ConnectionError::recalled(
            code,
            self.message,
            self.help,
            self.exit,
            self.status,
        ))
    }
}

/// Writes an end down.
pub(super) fn write(end: Result<&Connected, &ConnectionError>) -> String {
    let kept = match end {
        Ok(connected) => Kept::Connected {
            status: connected.status,
            account: connected.account.clone(),
            milliseconds: u64::try_from(connected.elapsed.as_millis()).unwrap_or(u64::MAX),
            warnings: connected.warnings.iter().map(Told::from).collect(),
        },
        Err(error) => Kept::Failed(Told::from(error)),
    };
    serde_json::to_string(&kept).unwrap_or_default()
}

/// Reads what [`write`] wrote; `None` for a text that is none of it.
pub(super) fn read(text: &str) -> Option<Result<Connected, ConnectionError>> {
    Some(match serde_json::from_str(text).ok()? {
        Kept::Connected {
            status,
            account,
            milliseconds,
            warnings,
        } => Ok(Connected {
            status,
            account,
            elapsed: Duration::from_millis(milliseconds),
            warnings: warnings.into_iter().filter_map(Told::error).collect(),
        }),
        Kept::Failed(told) => Err(told.error()?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_read_as_it_was_written() {
        let connected = Connected {
            status: Some(200),
            account: Some("ada@example.com".to_owned()),
            elapsed: Duration::from_millis(12),
            warnings: vec![ConnectionError::fewer_scopes(
                &["read".to_owned(), "write".to_owned()],
                &["read".to_owned()],
            )],
        };
        let again = read(&write(Ok(&connected)));
        assert!(matches!(again, Some(Ok(_))));
        if let Some(Ok(again)) = again {
            assert_eq!(again.status, connected.status);
            assert_eq!(again.account, connected.account);
            assert_eq!(again.elapsed, connected.elapsed);
            assert_eq!(again.warnings, connected.warnings);
        }
        // The exit code belongs to the error, not to its code alone.
        let error = ConnectionError::verification_failed("GET x/me", "503", "2xx", 503);
        let again = read(&write(Err(&error)));
        assert!(matches!(again, Some(Err(again)) if again == error && again.exit() == 69));
        assert!(read("ok").is_none());
    }
}
