//! The default services: the files of `services/`, embedded in the program.

use super::document::{Origin, read};
use super::{Fault, Service};

/// Link name and document of every default service, by link name. A test compares this list with
/// the folder.
const DEFAULT_SERVICES: &[(&str, &str)] = &[
    (
        "active_campaign",
        include_str!("../../services/active_campaign.toml"),
    ),
    (
        "airtable_token",
        include_str!("../../services/airtable_token.toml"),
    ),
    ("algolia", include_str!("../../services/algolia.toml")),
    ("anthropic", include_str!("../../services/anthropic.toml")),
    ("asana", include_str!("../../services/asana.toml")),
    ("brevo", include_str!("../../services/brevo.toml")),
    ("cloudflare", include_str!("../../services/cloudflare.toml")),
    ("coda", include_str!("../../services/coda.toml")),
    ("datadog", include_str!("../../services/datadog.toml")),
    ("deepl", include_str!("../../services/deepl.toml")),
    ("discogs", include_str!("../../services/discogs.toml")),
    (
        "discord_bot",
        include_str!("../../services/discord_bot.toml"),
    ),
    ("dropbox", include_str!("../../services/dropbox.toml")),
    ("flickr", include_str!("../../services/flickr.toml")),
    ("freshdesk", include_str!("../../services/freshdesk.toml")),
    (
        "freshservice",
        include_str!("../../services/freshservice.toml"),
    ),
    ("garmin", include_str!("../../services/garmin.toml")),
    ("github", include_str!("../../services/github.toml")),
    (
        "github_token",
        include_str!("../../services/github_token.toml"),
    ),
    ("gitlab", include_str!("../../services/gitlab.toml")),
    (
        "gitlab_token",
        include_str!("../../services/gitlab_token.toml"),
    ),
    ("gmail", include_str!("../../services/gmail.toml")),
    (
        "google_calendar",
        include_str!("../../services/google_calendar.toml"),
    ),
    (
        "google_drive",
        include_str!("../../services/google_drive.toml"),
    ),
    (
        "google_sheets",
        include_str!("../../services/google_sheets.toml"),
    ),
    ("groq", include_str!("../../services/groq.toml")),
    ("hubspot", include_str!("../../services/hubspot.toml")),
    (
        "hubspot_token",
        include_str!("../../services/hubspot_token.toml"),
    ),
    ("jira", include_str!("../../services/jira.toml")),
    ("jira_token", include_str!("../../services/jira_token.toml")),
    ("mailgun", include_str!("../../services/mailgun.toml")),
    (
        "microsoft_graph",
        include_str!("../../services/microsoft_graph.toml"),
    ),
    (
        "microsoft_graph_app",
        include_str!("../../services/microsoft_graph_app.toml"),
    ),
    ("mistral", include_str!("../../services/mistral.toml")),
    ("netsuite", include_str!("../../services/netsuite.toml")),
    ("notion", include_str!("../../services/notion.toml")),
    (
        "notion_token",
        include_str!("../../services/notion_token.toml"),
    ),
    ("openai", include_str!("../../services/openai.toml")),
    ("openrouter", include_str!("../../services/openrouter.toml")),
    (
        "openweather",
        include_str!("../../services/openweather.toml"),
    ),
    ("paypal", include_str!("../../services/paypal.toml")),
    ("postmark", include_str!("../../services/postmark.toml")),
    ("razorpay", include_str!("../../services/razorpay.toml")),
    ("resend", include_str!("../../services/resend.toml")),
    ("sendgrid", include_str!("../../services/sendgrid.toml")),
    ("sentry", include_str!("../../services/sentry.toml")),
    ("slack", include_str!("../../services/slack.toml")),
    ("slack_user", include_str!("../../services/slack_user.toml")),
    ("smtp", include_str!("../../services/smtp.toml")),
    ("smugmug", include_str!("../../services/smugmug.toml")),
    ("stripe", include_str!("../../services/stripe.toml")),
    ("telegram", include_str!("../../services/telegram.toml")),
    ("toggl", include_str!("../../services/toggl.toml")),
    ("trello", include_str!("../../services/trello.toml")),
    (
        "trello_oauth1",
        include_str!("../../services/trello_oauth1.toml"),
    ),
    ("twilio", include_str!("../../services/twilio.toml")),
    ("vercel", include_str!("../../services/vercel.toml")),
    (
        "woocommerce",
        include_str!("../../services/woocommerce.toml"),
    ),
    ("x_oauth1", include_str!("../../services/x_oauth1.toml")),
    (
        "zendesk_token",
        include_str!("../../services/zendesk_token.toml"),
    ),
    ("zoho_crm", include_str!("../../services/zoho_crm.toml")),
    ("zoho_self", include_str!("../../services/zoho_self.toml")),
    ("zoom", include_str!("../../services/zoom.toml")),
    (
        "zoom_server",
        include_str!("../../services/zoom_server.toml"),
    ),
];

/// The default service of that link name.
pub(crate) fn default_service(link_name: &str) -> Option<Result<Service, Vec<Fault>>> {
    let at = DEFAULT_SERVICES
        .binary_search_by(|(name, _)| (*name).cmp(link_name))
        .ok()?;
    DEFAULT_SERVICES
        .get(at)
        .map(|(name, text)| read(&format!("{name}.toml"), text, name, Origin::Default))
}

/// Every default service, by link name.
pub(crate) fn default_services() -> impl Iterator<Item = Result<Service, Vec<Fault>>> {
    DEFAULT_SERVICES
        .iter()
        .map(|(name, text)| read(&format!("{name}.toml"), text, name, Origin::Default))
}

/// Link names of the default services.
pub(crate) fn default_link_names() -> impl Iterator<Item = &'static str> {
    DEFAULT_SERVICES.iter().map(|(name, _)| *name)
}
