use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use storage::testing::Owner;
use storage::{Db, DbSettings, ServiceRole, StorageError, migrations};
use url::Url;

use crate::servers;

/// Held while the template is made or the left-overs of dead tests are dropped ("test" in ASCII).
const TEMPLATE_LOCK: i64 = 0x7465_7374;
const SWEEP_LOCK: i64 = 0x7465_7375;

const TEMPLATE: &str = "callboard_template";
const TEST: &str = "callboard_test";

/// Connections per service in a test: many tests share one server.
const POOL: u32 = 4;

/// A database of one test's own, with every migration applied. Dropped at the end.
pub struct Database {
    url: Url,
    name: String,
    maintenance: Url,
    /// Connections that have answered: a test that waits for something asks many times.
    idle: Arc<Mutex<Vec<Owner>>>,
}

impl Database {
    /// Copies the migrated template, which the first test of a run makes.
    ///
    /// # Panics
    /// When there is no server, or it refuses.
    pub async fn create() -> Self {
        let maintenance = servers::url("TEST_DATABASE_URL");
        let name = servers::unique(TEST);
        let (server, copy) = (maintenance.clone(), name.clone());
        blocking(move || copy_template(&server, &copy)).await;
        Self {
            url: with_name(&maintenance, &name),
            name,
            maintenance,
            idle: Arc::default(),
        }
    }

    /// The URL of the database, as its owner: what a service gets as `DATABASE_URL`.
    #[must_use]
    pub fn url(&self) -> &str {
        self.url.as_str()
    }

    /// A pool that acts as `role`.
    #[must_use]
    pub fn db(&self, role: ServiceRole) -> Db {
        Db::new(&DbSettings {
            url: self.url.to_string(),
            role,
            pool_size: POOL,
            reads: 0,
        })
    }

    /// The database as an operator sees it: the rows that `sql` answers, as JSON objects, past every wall.
    ///
    /// # Panics
    /// When the database refuses the statement.
    pub async fn sql(&self, sql: &str) -> Vec<Value> {
        let (url, idle, sql) = (self.url.clone(), Arc::clone(&self.idle), sql.to_owned());
        blocking(move || {
            let taken = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            // A test may have ended it meanwhile.
            let alive =
                taken.and_then(|mut owner| owner.execute("SELECT 1").is_ok().then_some(owner));
            let mut owner = match alive {
                Some(owner) => owner,
                None => Owner::connect(url.as_str())?,
            };
            let rows = owner.query(&sql)?;
            idle.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(owner);
            Ok(rows)
        })
        .await
    }

    /// Ends every connection, and lets none in until [`Self::comes_back`].
    ///
    /// # Panics
    /// When the server refuses.
    pub async fn goes_away(&self) {
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
        let name = &self.name;
        self.maintain(format!(
            "ALTER DATABASE {name} ALLOW_CONNECTIONS false;
             SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        ))
        .await;
    }

    /// Ends what [`Self::goes_away`] began.
    ///
    /// # Panics
    /// When the server refuses.
    pub async fn comes_back(&self) {
        let name = &self.name;
        self.maintain(format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true"))
            .await;
    }

    async fn maintain(&self, sql: String) {
        let maintenance = self.maintenance.clone();
        blocking(move || Owner::connect(maintenance.as_str())?.execute(&sql)).await;
    }

    /// Runs statements that answer nothing, past every wall, in a session of their own: what they set ends with it.
    ///
    /// # Panics
    /// When the database refuses a statement.
    pub async fn execute(&self, sql: &str) {
        let (url, sql) = (self.url.clone(), sql.to_owned());
        blocking(move || {
            let mut owner = Owner::connect(url.as_str())?;
            owner.execute(&sql)
        })
        .await;
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let (maintenance, name) = (self.maintenance.clone(), self.name.clone());
        // A thread of its own: dropping may happen on a runtime. What fails here is swept by a later test.
        let dropping = std::thread::spawn(move || {
            let mut owner = Owner::connect(maintenance.as_str())?;
            owner.execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        });
        let _ = dropping.join();
    }
}

/// Runs `work` where it may block; a failure fails the test.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StorageError> + Send + 'static,
) -> T {
    tokio::task::spawn_blocking(work)
        .await
        .expect("the work does not panic")
        .unwrap_or_else(|error| {
            panic!("the test's database: {}", chassis::telemetry::chain(&error))
        })
}

fn with_name(server: &Url, name: &str) -> Url {
    let mut url = server.clone();
    url.set_path(name);
    url
}

fn copy_template(server: &Url, name: &str) -> Result<(), StorageError> {
    let template = format!("{TEMPLATE}_{:016x}", migrations_hash());
    let mut owner = Owner::connect(server.as_str())?;
    sweep(&mut owner)?;
    make_template(&mut owner, server, &template)?;
    owner.execute(&format!("CREATE DATABASE {name} TEMPLATE {template}"))
}

/// Makes the template unless it is there. Tests are processes of their own, so the lock is the server's.
fn make_template(owner: &mut Owner, server: &Url, template: &str) -> Result<(), StorageError> {
    let exists = format!("SELECT 1 AS one FROM pg_database WHERE datname = '{template}'");
    if !owner.query(&exists)?.is_empty() {
        return Ok(());
    }
    owner.execute(&format!("SELECT pg_advisory_lock({TEMPLATE_LOCK})"))?;
    let made = (|| {
        if !owner.query(&exists)?.is_empty() {
            return Ok(());
        }
        // Under its final name only once it is whole.
        let building = format!("{template}_building");
        owner.execute(&format!("DROP DATABASE IF EXISTS {building} WITH (FORCE)"))?;
        owner.execute(&format!("CREATE DATABASE {building}"))?;
        migrations::apply(with_name(server, &building).as_str())?;
        owner.execute(&format!("ALTER DATABASE {building} RENAME TO {template}"))?;
        // Templates of other versions of the migrations. One that is being copied at this moment stays.
        for row in owner.query(&format!(
            "SELECT datname FROM pg_database WHERE datname LIKE '{TEMPLATE}%' AND datname <> '{template}'"
        ))? {
            if let Some(old) = row["datname"].as_str() {
                let _ = owner.execute(&format!("DROP DATABASE IF EXISTS {old}"));
            }
        }
        Ok(())
    })();
    owner.execute(&format!("SELECT pg_advisory_unlock({TEMPLATE_LOCK})"))?;
    made
}

/// Drops a few databases of tests that were killed. One test at a time does it.
fn sweep(owner: &mut Owner) -> Result<(), StorageError> {
    let left = owner.query(&format!(
        "SELECT datname FROM pg_database WHERE datname LIKE '{TEST}%'"
    ))?;
    let orphans: Vec<_> = left
        .iter()
        .filter_map(|row| row["datname"].as_str())
        .filter(|name| servers::is_orphan(name, TEST))
        .take(5)
        .collect();
    if orphans.is_empty() {
        return Ok(());
    }
    let locked = owner.query(&format!(
        "SELECT pg_try_advisory_lock({SWEEP_LOCK}) AS ours"
    ))?;
    if locked.first().is_some_and(|row| row["ours"] == true) {
        for orphan in orphans {
            let _ = owner.execute(&format!("DROP DATABASE IF EXISTS {orphan} WITH (FORCE)"));
        }
        owner.execute(&format!("SELECT pg_advisory_unlock({SWEEP_LOCK})"))?;
    }
    Ok(())
}

/// Of the names and contents of all migrations: a changed one makes a new template.
fn migrations_hash() -> u64 {
    fn walk(folder: &Path, hasher: &mut DefaultHasher) {
        let mut entries: Vec<_> = std::fs::read_dir(folder)
            .unwrap_or_else(|error| panic!("{} cannot be read: {error}", folder.display()))
            .filter_map(|entry| Some(entry.ok()?.path()))
            .collect();
        entries.sort_unstable();
        for path in entries {
            path.file_name().hash(hasher);
            if path.is_dir() {
                walk(&path, hasher);
            } else {
                std::fs::read(&path).unwrap_or_default().hash(hasher);
            }
        }
    }
    let mut hasher = DefaultHasher::new();
    walk(&servers::root().join("migrations"), &mut hasher);
    hasher.finish()
}
