//! What an import does where a name is taken.

/// What to do where something of that name is there already, and differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnConflict {
    /// What is there stays.
    Skip,
    /// What comes takes another name.
    Rename,
    /// What comes takes the place of what is there.
    Replace,
}

/// What became of one thing in an import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is new.
    Added,
    /// It was there already, the same.
    Same,
    /// Something else of that name was there, and stays.
    Skipped,
    /// It took this name, since its own is taken.
    Renamed(String),
    /// It took the place of something else of that name.
    Replaced,
    /// It is meant for a service that has other addresses here, and was left out.
    LeftOut,
}

/// One thing in an import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Such as `service my_api`, `client default of zoom`, `crm_sales`.
    pub what: String,
    /// What became of it.
    pub fate: Fate,
    /// The hosts to which it lets secrets go, of a service or of a connection; placeholders stand for fields.
    pub leads_to: Vec<String>,
}
