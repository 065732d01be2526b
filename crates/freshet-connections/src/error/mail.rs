//! Sending mail: C0050 to C0052.

use super::{Code, ConnectionError, listed, shown};

impl ConnectionError {
    /// `address` is the account's own.
    pub(crate) fn sender_not_allowed(
        link: &str,
        address: &str,
        aliases: &[String],
        found: &str,
    ) -> Self {
        let found = shown(found);
        let allowed: Vec<String> = std::iter::once(address.to_owned())
            .chain(aliases.iter().cloned())
            .collect();
        // Setting them replaces those there are.
        let aliases = [aliases, &[found.to_string()]].concat().join(",");
        Self::new(
            Code::MailSender,
            format!(
                "`{link}` sends mail from {}, found {found}",
                listed(&allowed)
            ),
            format!(
                "if the account may use it: `freshet connection edit {link} --set aliases={aliases}`"
            ),
        )
    }

    /// `answer` is the status and the words of the server.
    pub(crate) fn mail_refused(server: &str, answer: &str) -> Self {
        Self::new(
            Code::MailRefused,
            format!("{} refused the mail: {}", shown(server), shown(answer)),
            "check the receivers and what is sent; the words are those of the mail server",
        )
    }

    /// The server lacks what the mail needs; nothing was sent.
    pub(crate) fn mail_beyond_server(server: &str, lack: &str, help: &str) -> Self {
        Self::new(
            Code::MailRefused,
            format!("{} cannot take the mail: {lack}", shown(server)),
            help,
        )
    }

    /// The same, after a server was handed a whole mail and did not say what became of it.
    pub(crate) fn unconfirmed(self, server: &str, cause: &str) -> Self {
        ConnectionError {
            message: format!(
                "{} was handed the mail and did not confirm it ({cause}): it may have been sent",
                shown(server)
            ),
            help: Some("look whether it has arrived before it is sent again".to_owned()),
            ..self
        }
    }

    pub(crate) fn mail_login(link: &str, server: &str, answer: &str) -> Self {
        Self::new(
            Code::MailRefused,
            format!(
                "{} refused the login of `{link}`: {}",
                shown(server),
                shown(answer)
            ),
            format!("run `freshet connection reconnect {link}`"),
        )
    }

    pub(crate) fn no_mail_account(link: &str, service: &str) -> Self {
        Self::new(
            Code::NoMailAccount,
            format!(
                "`{link}` is a connection to {}, not a mail account",
                shown(service)
            ),
            "make one: `freshet connection add smtp --service smtp`, and name it in `mail.connection` of freshet.toml",
        )
    }

    pub(crate) fn no_starttls(link: &str, server: &str) -> Self {
        Self::unreachable(server, "it offers no STARTTLS").with_help(&format!(
            "if it speaks TLS from the start: `freshet connection edit {link} --set security=tls --set port=465`"
        ))
    }
}
