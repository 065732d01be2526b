//! What people do with services and connections: checks first, then one transaction with its audit
//! row. The command line and the console are thin layers over these operations.

mod addresses;
mod affected;
mod clients;
mod conflict;
mod connections;
mod definitions;
mod duplicate;
mod edit;
mod entered;
mod registry;
mod services;
mod sharing;
mod snippet;
mod transfer;
mod view;

pub use clients::{ClientInput, ClientView};
pub use conflict::{Fate, Item, OnConflict};
pub use connections::{LedElsewhere, ListFilter, NewConnection};
pub use definitions::{ImportedServices, ServiceChange, ServiceEditPlan};
pub use edit::{Edit, EditPlan};
pub use services::{
    ServiceFilter, ServiceOptions, ServiceSummary, ServiceView, leads_to, service_text,
    validate_service,
};
pub use snippet::SnippetType;
pub use transfer::{Export, Exported, Imported, Opening, Seal, opening_of};
pub use view::ConnectionView;

/// Name of the client a connection uses unless it says otherwise.
pub(crate) const DEFAULT_CLIENT: &str = "default";

/// How people say the client of a connection alone.
pub(crate) const OWN: &str = "own";

/// How the name of a client begins that belongs to one connection alone; its number follows.
pub(crate) const OWN_CLIENT: &str = "own:";
