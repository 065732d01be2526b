//! The registry, opened when something is first asked of it.

use std::sync::{Arc, Mutex, PoisonError};

use crate::clock::Clock;
use crate::error::ConnectionError;
use crate::registry::Registry;
use crate::settings::Settings;

/// Settings, clock and, once needed, the open registry.
pub(crate) struct Store {
    pub settings: Settings,
    pub clock: Arc<dyn Clock>,
    registry: Mutex<Option<Arc<Registry>>>,
}

impl Store {
    pub fn new(settings: Settings, clock: Arc<dyn Clock>) -> Self {
        Store {
            settings,
            clock,
            registry: Mutex::new(None),
        }
    }

    /// The registry to read from and to send with. Where there is none yet, an empty one in memory:
    /// reading creates no file.
    pub fn reading(&self) -> Result<Arc<Registry>, ConnectionError> {
        let path = Registry::path(&self.settings)?;
        if !Registry::is_there(&path) {
            return Registry::in_memory(&self.settings, Arc::clone(&self.clock)).map(Arc::new);
        }
        self.open()
    }

    /// The registry to change, created on first use together with its key.
    ///
    /// # Errors
    /// C0092 where this process may not, and those of opening.
    pub fn writing(&self) -> Result<Arc<Registry>, ConnectionError> {
        self.may_manage()?;
        self.open()
    }

    /// Whether this process may change what people manage.
    ///
    /// # Errors
    /// C0092 where it may not.
    pub fn may_manage(&self) -> Result<(), ConnectionError> {
        if self.settings.use_only {
            return Err(ConnectionError::use_only());
        }
        Ok(())
    }

    fn open(&self) -> Result<Arc<Registry>, ConnectionError> {
        // A panic while the lock was held leaves at worst `None` behind.
        let mut registry = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = &*registry {
            return Ok(Arc::clone(open));
        }
        let open = Arc::new(Registry::open(&self.settings, Arc::clone(&self.clock))?);
        *registry = Some(Arc::clone(&open));
        Ok(open)
    }
}
