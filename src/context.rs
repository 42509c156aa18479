//! What a command is given: settings, stdout, stderr, and the REST client, each made when it is
//! first asked for. A command that needs no network opens none.

use std::cell::{Cell, OnceCell, RefCell, RefMut};
use std::io::{IsTerminal as _, Write as _};
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use crate::error::{self, Result};
use serde_json::Value;

use crate::cache::{self, Cache, Inbox};
use crate::catalogue::{self, Endpoint};
use crate::config::{self, Flags, Settings, env, paths};
use crate::filter::{Fields, Jq};
use crate::limit::{Limits, Local, Scopes, Shared};
use crate::model::{Clock, Token, time};
use crate::output::talk::Manner;
use crate::output::{self, Format, Printer, Stdout, Style, Talk, View};
use crate::rest::{self, ApiUrl, Client, Waiting};
use crate::store::{self, Ledger, State};

/// The world of one call.
pub struct Context {
    pub settings: Settings,
    pub talk: Arc<Talk>,
    pub clock: Clock,
    client: OnceCell<Client>,
    ledger: OnceCell<Option<Arc<Ledger>>>,
    cache: OnceCell<Option<RefCell<Cache>>>,
    /// Whether the cache has failed in this call, and is used no more.
    cache_failed: Cell<bool>,
    /// Whether it was said that the cache was damaged and is empty now.
    rebuilt_told: Cell<bool>,
    /// Whether a warning said that shared files cannot be written.
    unwritable_told: Cell<bool>,
}

/// A table wider than this is read by nobody.
const WIDEST: u16 = 400;

impl Context {
    pub fn new(flags: Flags) -> Result<Self> {
        let clock = env::clock()?;
        let mut talk = Talk::new(manner(&flags));
        if let Some(path) = &flags.log_file {
            talk.log_to(path, clock.clone())?;
        }
        let talk = Arc::new(talk);
        output::trace::install(&talk);
        Ok(Self {
            settings: Settings::resolve(flags)?,
            talk,
            clock,
            client: OnceCell::new(),
            ledger: OnceCell::new(),
            cache: OnceCell::new(),
            cache_failed: Cell::new(false),
            rebuilt_told: Cell::new(false),
            unwritable_told: Cell::new(false),
        })
    }

    /// The API that requests go to.
    pub fn api_url(&self) -> Result<ApiUrl> {
        Ok(match &self.settings.api_url {
            Some(url) => ApiUrl::parse(url)?,
            None => ApiUrl::default(),
        })
    }

    /// The client, with the token where the endpoint wants one.
    pub fn client(&self, needs_token: bool) -> Result<&Client> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let settings = &self.settings;
        let token = match settings.token() {
            Ok(token) => Some(token),
            Err(config::Error::NoToken) if !needs_token => None,
            Err(e) => return Err(e.into()),
        };
        let api_url = self.api_url()?;
        let limits = self.limits(&api_url, token.as_ref());
        let client = Client::new(
            rest::Settings {
                api_url,
                token,
                timeout: settings.request_timeout,
                max_wait: settings.max_wait,
                retries: settings.retries,
                ca: settings.ca.clone(),
                proxies: settings.proxies.clone(),
                clock: self.clock.clone(),
                notices: Arc::new(Notices(Arc::clone(&self.talk))),
            },
            limits,
        )?;
        Ok(self.client.get_or_init(|| client))
    }

    /// The limits that all processes share; this process's own if there is no place for a file.
    fn limits(&self, api_url: &ApiUrl, token: Option<&Token>) -> Arc<dyn Limits> {
        match self.ledger() {
            Some(ledger) => {
                let talk = Arc::clone(&self.talk);
                let warn = move |error: &store::Error| talk.warn(not_shared(error, Some(error)));
                Arc::new(Shared::new(Arc::clone(ledger), scopes(api_url, token), Box::new(warn)))
            }
            None => Arc::new(Local::new()),
        }
    }

    /// `limits.db`. If it cannot be used, that is told once, and nothing else comes of it: a request
    /// is worth more than the limits of others.
    pub fn ledger(&self) -> Option<&Arc<Ledger>> {
        let open = || self.open_ledger().inspect_err(|error| self.not_shared(error)).ok();
        self.ledger.get_or_init(|| open().map(Arc::new)).as_ref()
    }

    /// `limits.db`, for who has no use for anything else.
    pub fn open_ledger(&self) -> Result<Ledger> {
        let ledger = Ledger::open(&paths::state_dir()?)?;
        if let Some(rebuilt) = ledger.rebuilt() {
            let aside = rebuilt.aside.display();
            self.talk
                .warn(format_args!("what was known of rate limits was damaged, and is forgotten; it is now {aside}"));
        }
        Ok(ledger)
    }

    /// The cache, unless it is switched off or nobody has a token. If it cannot be used, that is told
    /// once, and nothing else comes of it: it only saves requests.
    pub fn cache(&self) -> Option<RefMut<'_, Cache>> {
        let open = || {
            if self.settings.flags.no_cache || self.token().is_none() {
                return None;
            }
            let cache = self.open_cache().inspect_err(|error| self.not_used(error, error.cache()));
            cache.ok().filter(|cache| cache.mode() != cache::Mode::Off).map(RefCell::new)
        };
        let cache = self.cache.get_or_init(open).as_ref().filter(|_| !self.cache_failed.get());
        cache.map(RefCell::borrow_mut)
    }

    /// The token, if there is one. Where a program gives it, that should run once.
    fn token(&self) -> Option<Token> {
        match self.client.get() {
            Some(client) => client.settings().token.clone(),
            None => self.settings.token().ok(),
        }
    }

    /// The cache, for who has no use for anything else. Without a token it is that of nobody.
    pub fn open_cache(&self) -> Result<Cache> {
        let token = self.token();
        let mut cache = Cache::open(&paths::cache_dir()?, &scopes(&self.api_url()?, token.as_ref()).token)?;
        self.tell_rebuilt(&cache);
        cache.prefer_policies(self.preferred_policies()?)?;
        if cache.mode() != cache::Mode::Off
            && let Some(inbox) = self.inbox()
        {
            cache.take_in(&inbox, |operation| catalogue::operation(operation).map_or(&[], |row| row.effects))?;
        }
        Ok(cache)
    }

    /// The profile's cache policies.
    fn preferred_policies(&self) -> Result<Vec<(cache::Kind, cache::Policy)>> {
        let read = |(kind, policy): (&String, &String)| {
            let name = format!("cache.{kind}");
            let wrong = |wanted| config::Error::Value { name, text: policy.clone(), wanted };
            match (kind.parse(), policy.parse()) {
                (Ok(kind), Ok(policy)) => Ok((kind, policy)),
                (Err(_), _) => Err(wrong("for anything that is kept: `dcord cache --help` lists the kinds").into()),
                (_, Err(_)) => Err(wrong("a policy, such as forever or ttl:6h+lru:20000").into()),
            }
        };
        self.settings.cache_policies().iter().map(read).collect()
    }

    /// Where a short command leaves what the cache should keep; `None` where nothing is kept, or the
    /// cache is open anyway.
    pub fn inbox(&self) -> Option<Inbox> {
        if self.settings.flags.no_cache || self.cache.get().is_some() {
            return None;
        }
        let token = self.token()?;
        let scope = scopes(&self.api_url().ok()?, Some(&token)).token;
        Some(Inbox::new(&paths::cache_dir().ok()?, &scope))
    }

    /// Does something with the cache, if it is used. A failure is told and nothing else.
    pub fn with_cache<T>(&self, run: impl FnOnce(&mut Cache) -> Result<T, cache::Error>) -> Option<T> {
        let mut cache = self.cache()?;
        let result = run(&mut cache);
        // Writing mends a damaged file by itself.
        self.tell_rebuilt(&cache);
        drop(cache);
        result
            .inspect_err(|error| {
                self.recover_cache(error);
            })
            .ok()
    }

    /// Goes on after a failure of the cache: a damaged file is made anew, and of anything else the rest of the
    /// call does without the cache. Says whether the cache, which is empty then, can be used.
    pub fn recover_cache(&self, error: &cache::Error) -> bool {
        let Some(mut cache) = self.cache() else { return false };
        if error.is_damage() && cache.rebuilt().is_none() && cache.mend().is_ok() && cache.rebuilt().is_some() {
            self.tell_rebuilt(&cache);
            return true;
        }
        drop(cache);
        self.cache_failed.set(true);
        self.not_used(error, Some(error));
        false
    }

    fn not_used(&self, error: &impl std::fmt::Display, cause: Option<&cache::Error>) {
        let hint = cause.and_then(cache::Error::hint).map(|hint| format!(": {hint}")).unwrap_or_default();
        let cause = cause.and_then(|cause| if let cache::Error::Store(store) = cause { Some(store) } else { None });
        self.unusable(&format!("{error}; the cache is not used{hint}"), cause);
    }

    fn not_shared(&self, error: &error::Error) {
        let cause = error.store();
        self.unusable(&not_shared(error, cause), cause);
    }

    /// Warns that a shared file cannot be used. Where none can be written, as in a home that is read-only, one
    /// warning stands for all of them.
    fn unusable(&self, text: &str, cause: Option<&store::Error>) {
        if cause.is_some_and(store::Error::is_unwritable) && self.unwritable_told.replace(true) {
            self.talk.debug(1, text);
        } else {
            self.talk.warn(text);
        }
    }

    /// Says once that the cache's file was damaged.
    pub fn tell_rebuilt(&self, cache: &Cache) {
        if let Some(rebuilt) = cache.rebuilt()
            && !self.rebuilt_told.replace(true)
        {
            let aside = rebuilt.aside.display();
            self.talk.warn(format_args!("the cache was damaged, and is empty now; the old file is {aside}"));
        }
    }

    /// `state.db`.
    pub fn state(&self) -> Result<State> {
        let state = State::open(&paths::state_dir()?)?;
        if let Some(rebuilt) = state.rebuilt() {
            let aside = rebuilt.aside.display();
            self.talk.warn(format_args!(
                "the state was damaged: consumers begin anew, and sent keys are forgotten; the old file is now {aside}"
            ));
        }
        Ok(state)
    }

    /// Runs a future to its end on this thread.
    pub fn block_on<F: Future>(&self, future: F) -> Result<F::Output> {
        store::reserve_descriptors()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        Ok(runtime.block_on(future))
    }

    /// A printer of answers to stdout, in the format asked for.
    pub fn printer(&self, view: View) -> Result<Printer<Stdout>> {
        self.printer_as(self.format()?, view)
    }

    /// The format asked for, or the default of stdout.
    fn format(&self) -> Result<Format> {
        Ok(match &self.settings.output {
            Some(name) => Format::from_str(name)?,
            None => Format::default_for(stdout_is_terminal(), self.settings.flags.jq.is_some()),
        })
    }

    /// A printer in that format.
    fn printer_as(&self, format: Format, view: View) -> Result<Printer<Stdout>> {
        let terminal = stdout_is_terminal();
        let jq = self.settings.flags.jq.as_deref().map(Jq::compile).transpose()?;
        let fields = self.settings.flags.fields.as_deref().map(Fields::parse).transpose()?;
        let is_default = self.settings.flags.output.is_none();
        let style = Style { format, is_default, jq, fields, terminal, width: width(), color: color(terminal) };
        Ok(Printer::new(Stdout::open(Some(self.talk.progress().clone()))?, style, view)?)
    }

    /// Prints a list that dcord made itself.
    pub fn print_list(&self, view: View, rows: &[Value]) -> Result<()> {
        let mut printer = self.printer(view)?;
        // All of it is here, so that it is one answer in each format.
        printer.answer(&serde_json::to_vec(rows)?, Some("application/json"))?;
        printer.finish()?;
        Ok(())
    }

    /// Prints an object that dcord made itself, such as a dry run's request. It has no id and no link: where
    /// these are asked for, all of it is printed.
    pub fn print_object(&self, object: &Value) -> Result<()> {
        let format = match self.format()? {
            Format::Id | Format::Url => Format::Jsonl,
            format => format,
        };
        let mut printer = self.printer_as(format, View::default())?;
        printer.answer(object.to_string().as_bytes(), None)?;
        printer.finish()?;
        Ok(())
    }
}

/// Whose limits apply to requests with this token.
pub fn scopes(api_url: &ApiUrl, token: Option<&Token>) -> Scopes {
    let authorization = token.map(Token::authorization);
    Scopes::new(api_url.as_str(), &api_url.origin(), authorization.as_ref().map(|a| a.as_str()))
}

fn not_shared(error: &impl std::fmt::Display, cause: Option<&store::Error>) -> String {
    let hint = cause.and_then(store::Error::hint).map(|hint| format!(": {hint}")).unwrap_or_default();
    format!("{error}; rate limits are not shared with other processes{hint}")
}

/// Writes to stdout what is neither an answer nor a list: help, a command line.
pub fn print_text(text: &str) -> Result<(), output::Error> {
    let mut out = Stdout::open(None)?;
    out.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        out.write_all(b"\n")?;
    }
    Ok(out.flush()?)
}

/// Whether colours go to stdout, and how wide it is, for help.
pub fn stdout_manner() -> (bool, usize) {
    (color(stdout_is_terminal()), usize::from(width()))
}

pub fn stdout_is_terminal() -> bool {
    #[expect(clippy::disallowed_methods, reason = "asks about the terminal and writes nothing")]
    std::io::stdout().is_terminal()
}

/// How an endpoint's answers look.
pub fn view(endpoint: &Endpoint) -> View {
    View { columns: endpoint.columns, id: endpoint.id, link: endpoint.link, items: endpoint.items }
}

/// How stderr is written, before settings are known: errors in them must be shown too.
///
/// Who reads JSON from stdout is given errors as JSON too, unless a person watches stderr.
#[expect(clippy::disallowed_methods, reason = "asks about the terminals and writes nothing")]
pub fn manner(flags: &Flags) -> Manner {
    let terminal = std::io::stderr().is_terminal();
    let format = flags.output.clone().or_else(|| env::get("DCORD_OUTPUT"));
    let json = match format.as_deref() {
        Some("json" | "jsonl") => true,
        Some("table" | "csv" | "id" | "raw") => false,
        // A name of no format is an error to be shown, too.
        _ => flags.jq.is_some() || !std::io::stdout().is_terminal(),
    };
    let json_errors = match env::get("DCORD_ERRORS").as_deref() {
        Some("json") => true,
        Some("text") => false,
        _ => json && !terminal,
    };
    Manner { quiet: flags.quiet, verbosity: flags.verbosity, json_errors, terminal, color: color(terminal) }
}

/// Whether colours go to a stream: `DCORD_COLOR`, then `NO_COLOR`, then `CLICOLOR_FORCE`, then
/// whether it is a terminal.
fn color(terminal: bool) -> bool {
    match env::get("DCORD_COLOR").as_deref() {
        Some("always") => return true,
        Some("never") => return false,
        _ => {}
    }
    if env::get("NO_COLOR").is_some() {
        return false;
    }
    if env::get("CLICOLOR_FORCE").is_some_and(|v| v != "0") {
        return true;
    }
    terminal
}

/// The terminal's width; 80 columns where nothing tells.
fn width() -> u16 {
    #[cfg(unix)]
    #[expect(clippy::disallowed_methods, reason = "asks about the terminal and writes nothing")]
    let told = rustix::termios::tcgetwinsize(std::io::stdout()).ok().map(|size| size.ws_col);
    #[cfg(not(unix))]
    let told = None;
    told.filter(|columns| *columns > 0).or_else(|| env::get("COLUMNS")?.parse().ok()).unwrap_or(80).min(WIDEST)
}

/// The client's waits and retries, told on stderr.
struct Notices(Arc<Talk>);

impl rest::Notices for Notices {
    fn waiting(&self, length: Option<Duration>, why: Waiting) {
        let what = match why {
            Waiting::Limit(why) => why.to_string(),
            Waiting::SearchIndex => "the search index of this server to be built".to_owned(),
        };
        match length {
            // Shorter waits are over before they are read.
            Some(length) if length >= Duration::from_secs(1) => {
                self.0.note(format_args!("waiting {} for {what}", time::in_words(length)));
            }
            _ => self.0.debug(1, format_args!("waiting for {what}")),
        }
    }

    fn retrying(&self, after: Duration, cause: &rest::Error) {
        self.0.note(format_args!("{cause}; trying again in {}", time::in_words(after)));
    }
}
