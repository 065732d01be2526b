//! What people do with services and connections: checks first, then one transaction with its audit
//! row. The command line and the console are thin layers over these operations.

mod clients;
mod connections;
mod edit;
mod registry;
mod services;
mod snippet;
mod view;

pub use clients::{ClientInput, ClientView};
pub use connections::{ListFilter, NewConnection};
pub use edit::{Edit, EditPlan};
pub use services::{ServiceFilter, ServiceOptions, ServiceSummary, ServiceView, validate_service};
pub use snippet::SnippetType;
pub use view::ConnectionView;

/// Name of the client a connection uses unless it says otherwise.
pub(crate) const DEFAULT_CLIENT: &str = "default";
