//! The state that all calls of a process share: settings, token, HTTP client, limiter, cache and runtime. Each is created once,
//! when a call first needs it.

use std::fmt::{Arguments, Display};
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

use tokio::runtime::{Builder, Runtime};

use super::oauth;
use crate::cache::{self, Cache, Inbox};
use crate::catalogue::{self, Auth};
use crate::config::grant::Grant;
use crate::config::{self, Settings, paths};
use crate::error::Result;
use crate::limit::{Limiter, Scopes};
use crate::model::{Clock, Token};
use crate::rest::{self, ApiUrl, Client, Downloads, Text};
use crate::store::{self, Ledger, StateFile};

/// Receives reports for people, such as waits, retries and warnings. The command line writes them to stderr.
pub trait Notices: rest::Notices {
    fn warn(&self, text: Arguments<'_>);
    fn note(&self, text: Arguments<'_>);
    /// `level` is the number of `-v` flags that shows the text.
    fn debug(&self, level: u8, text: Arguments<'_>);
}

/// The shared state of a process's calls.
pub struct App {
    pub settings: Arc<Settings>,
    pub clock: Clock,
    pub notices: Arc<dyn Notices>,
    runtime: Mutex<Option<Arc<Runtime>>>,
    /// The token, or why there is none. Reading it may run the profile's token command.
    token: OnceLock<Result<Token, config::Error>>,
    /// The token, or why there is none, without running a token command.
    token_at_hand: OnceLock<Result<Token, config::Error>>,
    client: OnceLock<Client>,
    /// Sends requests without a token, in a process that has none.
    anonymous: OnceLock<Client>,
    ledger: OnceLock<Arc<Ledger>>,
    cache: OnceLock<Option<Mutex<Cache>>>,
    /// The results of look-ups, in a process that does not use the cache.
    memory: Mutex<Option<Cache>>,
    /// Whether the cache failed, so that it is no longer used.
    cache_failed: AtomicBool,
    /// Whether the warning that the cache was damaged has been shown.
    warned_of_rebuilt: AtomicBool,
    /// Whether the warning that shared files cannot be written has been shown.
    warned_of_unwritable: AtomicBool,
}

impl App {
    pub fn new(settings: Arc<Settings>, clock: Clock, notices: Arc<dyn Notices>) -> Self {
        Self {
            settings,
            clock,
            notices,
            runtime: Mutex::default(),
            token: OnceLock::new(),
            token_at_hand: OnceLock::new(),
            client: OnceLock::new(),
            anonymous: OnceLock::new(),
            ledger: OnceLock::new(),
            cache: OnceLock::new(),
            memory: Mutex::default(),
            cache_failed: AtomicBool::new(false),
            warned_of_rebuilt: AtomicBool::new(false),
            warned_of_unwritable: AtomicBool::new(false),
        }
    }

    /// The API URL to which requests are sent.
    pub fn api_url(&self) -> Result<ApiUrl, rest::BadUrl> {
        self.settings.api_url.as_deref().map_or_else(|| Ok(ApiUrl::default()), ApiUrl::parse)
    }

    /// The token. The first call runs the profile's token command, or renews its access token, if necessary. Later calls return the same result.
    pub fn token(&self) -> Result<&Token, config::Error> {
        let resolve = || match self.at_hand() {
            Err(config::Error::NoToken) => {
                let granted =
                    self.settings.token_on_request(|place| oauth::token(place, &self.clock, || self.sender()));
                granted.unwrap_or(Err(config::Error::NoToken))
            }
            at_hand => at_hand.clone(),
        };
        self.token.get_or_init(resolve).as_ref().map_err(Clone::clone)
    }

    /// The token, if it is already known or can be read without running a program.
    pub fn known_token(&self) -> Option<&Token> {
        match self.token.get() {
            Some(token) => token.as_ref().ok(),
            None => self.at_hand().as_ref().ok(),
        }
    }

    fn at_hand(&self) -> &Result<Token, config::Error> {
        self.token_at_hand.get_or_init(|| self.settings.token_at_hand())
    }

    /// Resolves the token if requests with this authentication need one, so that the call uses the cache of that token. The
    /// first request that needs the token reports a failure.
    pub fn authenticate(&self, auth: Auth) {
        if auth != Auth::None {
            let _ = self.token();
        }
    }

    /// The client for requests with this authentication. Only calls have it, so that no request goes past the rules of the profile
    /// and its audit log.
    pub(super) fn client(&self, auth: Auth) -> Result<&Client> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let token = if auth == Auth::None { self.known_token() } else { Some(self.token()?) };
        let cell = if token.is_some() { &self.client } else { &self.anonymous };
        if let Some(client) = cell.get() {
            return Ok(client);
        }
        let limits = Arc::new(self.limiter(token)?);
        let client = match self.anonymous.get() {
            Some(anonymous) => anonymous.with_token(token.cloned(), limits),
            None => Client::new(self.client_settings(token)?, limits)?,
        };
        Ok(cell.get_or_init(|| client))
    }

    /// A client without a token, with connections of its own.
    fn sender(&self) -> Result<Client> {
        Ok(Client::new(self.client_settings(None)?, Arc::new(self.limiter(None)?))?)
    }

    /// Gets the tokens of an OAuth2 authorization.
    pub fn exchange_grant(&self, fields: Vec<(String, Text)>, client: &Grant) -> Result<Grant> {
        oauth::exchange(&self.sender()?, &self.clock, fields, client)
    }

    /// The limiter of requests with this token.
    fn limiter(&self, token: Option<&Token>) -> Result<Limiter> {
        Ok(Limiter::new(Arc::clone(self.ledger()), scopes(&self.api_url()?, token)))
    }

    /// Downloads files, without a token.
    pub fn downloads(&self) -> Result<Downloads> {
        Ok(Downloads::new(self.client_settings(None)?))
    }

    /// The settings of a client with this token.
    fn client_settings(&self, token: Option<&Token>) -> Result<rest::Settings> {
        let settings = &self.settings;
        Ok(rest::Settings {
            api_url: self.api_url()?,
            token: token.cloned(),
            timeout: settings.request_timeout,
            max_wait: settings.max_wait,
            retries: settings.retries,
            ca: settings.ca.clone(),
            proxies: settings.proxies.clone(),
            clock: self.clock.clone(),
            notices: Arc::clone(&self.notices) as Arc<dyn rest::Notices>,
        })
    }

    /// `limits.db`. If it cannot be used, this prints one warning, and the limiter counts only this process's requests: failing
    /// the request would be worse than not knowing those of other processes.
    pub fn ledger(&self) -> &Arc<Ledger> {
        self.ledger.get_or_init(|| {
            let ledger = self.open_ledger().unwrap_or_else(|error| {
                self.unusable(&not_shared(&error, error.store()), error.store());
                Ledger::in_memory(self.clock.clone())
            });
            let notices = Arc::clone(&self.notices);
            let warn = move |error: &store::Error| notices.warn(format_args!("{}", not_shared(error, Some(error))));
            Arc::new(ledger.or_in_memory(Box::new(warn)))
        })
    }

    /// `limits.db`, for a command that cannot work without it.
    pub fn open_ledger(&self) -> Result<Ledger> {
        let ledger = Ledger::open(&paths::state_dir()?, self.clock.clone())?;
        if let Some(rebuilt) = ledger.rebuilt() {
            let aside = rebuilt.aside.display();
            self.notices
                .warn(format_args!("the rate limit file was damaged; dcord moved it to {aside} and started a new one"));
        }
        Ok(ledger)
    }

    /// The cache, unless it is disabled or no token is known. If it cannot be used, this prints one warning, and the call
    /// continues without the cache, which only saves requests.
    pub fn cache(&self) -> Option<MutexGuard<'_, Cache>> {
        if self.settings.flags.no_cache || self.known_token().is_none() {
            return None;
        }
        let open = || {
            let cache = self.open_cache().inspect_err(|error| self.not_used(error, error.cache()));
            cache.ok().filter(|cache| cache.mode() != cache::Mode::Off).map(Mutex::new)
        };
        let cache = self.cache.get_or_init(open).as_ref();
        let cache = cache.filter(|_| !self.cache_failed.load(Ordering::Relaxed));
        cache.map(|cache| cache.lock().expect("no holder of this lock panics"))
    }

    /// Reads or writes a cache in memory.
    pub fn with_memory<T>(&self, run: impl FnOnce(&mut Cache) -> T) -> Result<T> {
        let mut memory = self.memory.lock().expect("no holder of this lock panics");
        let cache = match memory.take() {
            Some(cache) => cache,
            None => Cache::in_memory()?,
        };
        Ok(run(memory.insert(cache)))
    }

    /// The cache, for a command that cannot work without it. Without a token, the cache of requests without a token.
    pub fn open_cache(&self) -> Result<Cache> {
        let mut cache = Cache::open(&paths::cache_dir()?, &scopes(&self.api_url()?, self.known_token()).token)?;
        self.warn_of_rebuilt(&cache);
        cache.prefer_policies(self.preferred_policies()?)?;
        if cache.mode() != cache::Mode::Off
            && let Some(inbox) = self.inbox()
        {
            cache.import_inbox(&inbox, catalogue::effects, self.clock.wall_ms())?;
        }
        Ok(cache)
    }

    /// The profile's cache policies.
    fn preferred_policies(&self) -> Result<Vec<(cache::Kind, cache::Policy)>, config::Error> {
        let read = |(kind, policy): (&String, &String)| {
            let name = format!("cache.{kind}");
            let wrong = |wanted| config::Error::Value { name, text: policy.clone(), wanted };
            match (kind.parse(), policy.parse()) {
                (Ok(kind), Ok(policy)) => Ok((kind, policy)),
                (Err(_), _) => {
                    Err(wrong("for a kind of object that the cache stores; `dcord cache --help` lists the kinds"))
                }
                (_, Err(_)) => Err(wrong("a policy, such as forever or ttl:6h+lru:20000")),
            }
        };
        self.settings.cache_policies().iter().map(read).collect()
    }

    /// The file to which a short command appends messages for the cache. `None` if the cache is disabled, no token is known, or
    /// this process has already opened the cache.
    pub fn inbox(&self) -> Option<Inbox> {
        if self.settings.flags.no_cache || self.cache.get().is_some() {
            return None;
        }
        let token = self.known_token()?;
        let scope = scopes(&self.api_url().ok()?, Some(token)).token;
        Some(Inbox::new(&paths::cache_dir().ok()?, &scope))
    }

    /// Reads or writes the cache, if it is used. A failure causes only a warning.
    pub fn with_cache<T>(&self, run: impl FnOnce(&mut Cache) -> Result<T, cache::Error>) -> Option<T> {
        let mut cache = self.cache()?;
        let result = run(&mut cache);
        // Writing may have replaced a damaged file.
        self.warn_of_rebuilt(&cache);
        drop(cache);
        result
            .inspect_err(|error| {
                self.recover_cache(error);
            })
            .ok()
    }

    /// Recovers from a failure of the cache: replaces a damaged file, and stops using the cache after any other failure.
    /// Returns whether the cache, which is then empty, can be used.
    pub fn recover_cache(&self, error: &cache::Error) -> bool {
        let Some(mut cache) = self.cache() else { return false };
        if error.is_damage() && cache.rebuilt().is_none() && cache.repair().is_ok() && cache.rebuilt().is_some() {
            self.warn_of_rebuilt(&cache);
            return true;
        }
        drop(cache);
        self.cache_failed.store(true, Ordering::Relaxed);
        self.not_used(error, Some(error));
        false
    }

    fn not_used(&self, error: &impl Display, cause: Option<&cache::Error>) {
        let hint = cause.and_then(cache::Error::hint).map(|hint| format!(": {hint}")).unwrap_or_default();
        let cause = cause.and_then(|cause| if let cache::Error::Store(store) = cause { Some(store) } else { None });
        self.unusable(&format!("{error}; dcord continues without the cache{hint}"), cause);
    }

    /// Warns that a shared file cannot be used. If no shared file can be written, as in a read-only home folder, this warns
    /// only once.
    fn unusable(&self, text: &str, cause: Option<&store::Error>) {
        let is_repeated =
            cause.is_some_and(store::Error::is_unwritable) && self.warned_of_unwritable.swap(true, Ordering::Relaxed);
        if is_repeated {
            self.notices.debug(1, format_args!("{text}"));
        } else {
            self.notices.warn(format_args!("{text}"));
        }
    }

    /// Warns once that the cache's file was damaged.
    pub fn warn_of_rebuilt(&self, cache: &Cache) {
        if let Some(rebuilt) = cache.rebuilt()
            && !self.warned_of_rebuilt.swap(true, Ordering::Relaxed)
        {
            let aside = rebuilt.aside.display();
            self.notices
                .warn(format_args!("the cache was damaged; dcord moved it to {aside} and started an empty one"));
        }
    }

    /// `state.db`.
    pub fn state(&self) -> Result<StateFile> {
        let state = StateFile::open(&paths::state_dir()?)?;
        if let Some(rebuilt) = state.rebuilt() {
            let aside = rebuilt.aside.display();
            self.notices.warn(format_args!(
                "the state file was damaged, so dcord moved it to {aside} and started a new one; consumers start over, \
                 and dcord no longer knows which keys it has used and what locked channels denied before"
            ));
        }
        Ok(state)
    }

    /// Runs a future to completion on the process's runtime.
    pub fn block_on<F: Future>(&self, future: F) -> Result<F::Output> {
        let is_new = self.runtime.lock().expect("no holder of this lock panics").is_none();
        let runtime = self.runtime(1)?;
        Ok(runtime.block_on(async {
            if !is_new {
                let_connections_run().await;
            }
            future.await
        }))
    }

    /// The process's runtime, with at least this many threads. A larger runtime replaces a smaller one and closes its
    /// connections, because a connection without its runtime would never make progress.
    pub fn runtime(&self, threads: usize) -> io::Result<Arc<Runtime>> {
        let mut held = self.runtime.lock().expect("no holder of this lock panics");
        if let Some(runtime) = held.as_ref().filter(|runtime| runtime.metrics().num_workers() >= threads) {
            return Ok(Arc::clone(runtime));
        }
        store::reserve_descriptors()?;
        // With one thread, the runtime uses the calling thread, so that a command that sends one request starts no other.
        let runtime = match threads {
            0 | 1 => Builder::new_current_thread().enable_all().build()?,
            _ => Builder::new_multi_thread().worker_threads(threads).enable_all().build()?,
        };
        Ok(Arc::clone(held.insert(Arc::new(runtime))))
    }

    /// Stops the runtime without waiting for blocked threads, such as one in a DNS look-up.
    pub fn end_runtime(&self) {
        let runtime = self.runtime.lock().expect("no holder of this lock panics").take();
        if let Some(runtime) = runtime.and_then(Arc::into_inner) {
            runtime.shutdown_background();
        }
    }
}

impl Drop for App {
    fn drop(&mut self) {
        self.end_runtime();
    }
}

/// Lets the runtime process its idle connections, which nothing does while no future runs. Otherwise, a request could be sent
/// on a connection that the server has closed.
async fn let_connections_run() {
    // The first yield polls the sockets, and the second runs the connections.
    tokio::task::yield_now().await;
    tokio::task::yield_now().await;
}

/// The scopes of the limits and the cache for requests with this token.
pub fn scopes(api_url: &ApiUrl, token: Option<&Token>) -> Scopes {
    let authorization = token.map(Token::authorization);
    Scopes::new(api_url.as_str(), &api_url.origin(), authorization.as_ref().map(|a| a.as_str()))
}

fn not_shared(error: &impl Display, cause: Option<&store::Error>) -> String {
    let hint = cause.and_then(store::Error::hint).map(|hint| format!(": {hint}")).unwrap_or_default();
    format!("{error}; rate limits are not shared with other processes{hint}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_app_is_shared_by_threads() {
        fn is_shared<T: Send + Sync + 'static>() {}
        is_shared::<App>();
    }
}
