//! Reads the ids and tokens of webhooks and interactions, and the query of a webhook's URL.
//!
//! The token is never an argument: it comes from `env:NAME`, `file:PATH`, `-`, a webhook of the profile, or an environment
//! variable.

use super::Error;
use super::input::Input;
use super::names::Names;
use super::path::word_of;
use super::values::Values;
use crate::catalogue::{Endpoint, Param, ParamKind, Place, usage};
use crate::config::{SecretSource, Settings, env};
use crate::model::{Secret, Snowflake, is_token};
use crate::rest::{ApiUrl, Request, Text};

/// How to give the token of an interaction.
const TOKEN_SOURCES: &str =
    "give it before the text as env:NAME or file:PATH, or set DCORD_INTERACTION_TOKEN; the token cannot be an argument";

/// The words and parameters that the secret used.
#[derive(Debug, Default)]
pub struct BoundSecret {
    /// The number of words.
    pub words: usize,
    /// Query parameters of the endpoint from the webhook's URL.
    pub query: Vec<(&'static str, String)>,
}

/// The query parameter on which dcord's reading of the response depends, so that a URL cannot set it.
const WAIT: &str = "wait";

/// A secret, and the name of its source in errors.
struct SecretWithOrigin {
    secret: Secret,
    origin: String,
}

/// The path parameters to set.
struct Slots<'a> {
    endpoint: &'static Endpoint,
    /// `None` if the id is that of the application, which is looked up.
    id: Option<&'static Param>,
    token: &'static Param,
    is_webhook: bool,
    /// The name of the target in errors.
    what: String,
    /// The API URL of the settings, or `None` for Discord's.
    api_url: Option<&'a str>,
}

/// Sets the id and the token of the webhook or interaction. `at` is the index of the token in `wanted`.
pub fn bind(
    endpoint: &'static Endpoint,
    wanted: &[&'static Param],
    at: usize,
    values: &Values,
    settings: &Settings,
    input: &mut Input,
    request: &mut Request,
) -> Result<BoundSecret, Error> {
    let token = wanted[at];
    let id = at.checked_sub(1).map(|i| wanted[i]);
    let is_webhook = token.name == "webhook_token" && id.is_some();
    let words = &values.targets[..];
    let what = values.secret_name.map_or_else(|| token.label(), str::to_owned);
    let slots = Slots { endpoint, id, token, is_webhook, what, api_url: settings.api_url.as_deref() };
    // If a variable contains the webhook or the interaction, a typed token would become the text of a message.
    if slots.is_typed(words) {
        let typed = words[0].strip_prefix("env:").unwrap_or(&words[0]);
        return Err(Error::LiteralSecret { what: slots.what, variable: env::holding(typed) });
    }
    let first = words.first().map(String::as_str);
    let has_extra = endpoint.arguments().next().is_some();
    // With a variable, an only word is the text.
    let is_text = words.len() == 1 && has_extra && settings.default_webhook().is_some();
    if is_webhook && first == Some("") && !is_text {
        return Err(Error::SecretEmpty { what: slots.what });
    }
    if let Some(name) = first.filter(|_| is_webhook)
        && let Some(secret) = settings.webhook(name)
    {
        let secret = SecretWithOrigin { secret: secret.clone(), origin: format!("the profile's webhook {name}") };
        return Ok(BoundSecret { words: 1, query: slots.fill(&secret, request)? });
    }
    let variable = if is_webhook { settings.default_webhook() } else { settings.interaction_token() };
    let variable = variable.map(|(name, secret)| SecretWithOrigin { secret, origin: name.to_owned() });
    // With a variable, `-` means that the text comes from standard input.
    let dash_is_text = has_extra && first == Some("-") && variable.is_some();
    let source = first.filter(|_| !dash_is_text && (is_webhook || id.is_none())).and_then(SecretSource::parse);
    if let Some(source) = source {
        let secret = slots.fetch(&source, words[0].as_str(), input)?;
        return Ok(BoundSecret { words: 1, query: slots.fill(&secret, request)? });
    }
    // A separate id, and the token from a source or a variable.
    let second = words.get(1).and_then(|word| Some((word.as_str(), SecretSource::parse(word)?)));
    match (id, first, second) {
        (Some(id), Some(word), Some((named, source))) if !is_webhook || word.parse::<Snowflake>().is_ok() => {
            let number = word_of(id, word, &mut Names::default())?;
            let secret = slots.fetch(&source, named, input)?;
            Ok(BoundSecret { words: 2, query: slots.fill_with_id(&number, &secret, request)? })
        }
        (Some(id), Some(word), None) if !is_webhook => {
            let number = word_of(id, word, &mut Names::default())?;
            if variable.is_none() {
                slots.refuse_typed(&words[1..], has_extra)?;
            }
            let secret = variable.ok_or_else(|| Error::Missing {
                what: format!("the token of interaction {word}"),
                usage: usage::line(endpoint),
                hint: Some(TOKEN_SOURCES.into()),
            })?;
            Ok(BoundSecret { words: 1, query: slots.fill_with_id(&number, &secret, request)? })
        }
        (Some(id), None, _) if !is_webhook => {
            Err(Error::Missing { what: id.label(), usage: usage::line(endpoint), hint: None })
        }
        _ => match variable {
            Some(secret) => Ok(BoundSecret { words: 0, query: slots.fill(&secret, request)? }),
            // The second word is the text, so the first one must be the name of a webhook.
            None if is_webhook && words.len() > 1 => {
                Err(Error::NoSuchWebhook { name: words[0].clone(), hint: webhook_hint(settings, &words[0]) })
            }
            None => {
                if !is_webhook {
                    slots.refuse_typed(words, has_extra)?;
                }
                Err(Error::Missing {
                    what: slots.what,
                    usage: usage::line(endpoint),
                    hint: Some(if is_webhook { webhook_hint(settings, "").into() } else { TOKEN_SOURCES.into() }),
                })
            }
        },
    }
}

/// The hint for a word that is not the name of a webhook.
fn webhook_hint(settings: &Settings, typed: &str) -> String {
    let name = typed.trim_start_matches('$').trim_matches(['{', '}']);
    if env::named(name).is_some() {
        return format!("use env:{name} to read the variable {name}");
    }
    if let Some(name) = env::holder(|value| value.contains("/webhooks/") && Webhook::read(value).is_some()) {
        return format!("the variable {name} contains a webhook's URL: use env:{name}");
    }
    let names: Vec<_> = settings.webhooks().keys().map(String::as_str).collect();
    let sources = "set DCORD_WEBHOOK_URL to the webhook's URL, or give env:NAME or file:PATH before the text";
    if names.is_empty() {
        sources.to_owned()
    } else {
        format!("{sources}, or a name of the profile: {}", names.join(", "))
    }
}

impl Slots<'_> {
    /// Whether a word is a secret instead of a source: a webhook's URL, `ID/TOKEN`, or a bare token.
    fn is_typed(&self, words: &[String]) -> bool {
        let is_id = |text: &str| text.parse::<Snowflake>().is_ok();
        let Some(first) = words.first() else { return false };
        let is_url = self.is_webhook && (first.contains("/webhooks/") || first.starts_with("http"));
        is_url
            || first.split_once('/').is_some_and(|(id, token)| is_id(id) && is_token(token))
            || words.iter().take(2).any(|word| is_token(word))
    }

    /// Refuses a token that was typed in the place of its source: a word that a variable contains, or one that is
    /// followed by the text. A single word can also be the text of a call that lacks the token.
    fn refuse_typed(&self, words: &[String], has_text: bool) -> Result<(), Error> {
        let Some(first) = words.first() else { return Ok(()) };
        let variable = env::holding(first);
        let further =
            self.endpoint.all_params().filter(|p| p.place == Place::Path).skip_while(|p| p.name != self.token.name);
        let others = further.count() - 1 + usize::from(has_text);
        if variable.is_none() && words.len() <= others {
            return Ok(());
        }
        Err(Error::LiteralSecret { what: self.what.clone(), variable })
    }

    fn fetch(&self, source: &SecretSource, named: &str, input: &mut Input) -> Result<SecretWithOrigin, Error> {
        let origin = if named == "-" { "standard input" } else { named };
        Ok(SecretWithOrigin { secret: fetch(source, &self.what, input)?, origin: origin.to_owned() })
    }

    /// Splits a webhook's URL (or `ID/TOKEN`), or uses the secret as the token if no id is required.
    fn fill(&self, secret: &SecretWithOrigin, request: &mut Request) -> Result<Vec<(&'static str, String)>, Error> {
        let Some(id) = self.id else {
            request.set_segment(self.token.name, Text::Hidden(secret.secret.clone()));
            return Ok(Vec::new());
        };
        let Some(webhook) = Webhook::read(secret.secret.expose()) else {
            return Err(Error::NotAWebhook {
                what: self.of(secret),
                is_quoted: secret.secret.expose().contains(QUOTES),
            });
        };
        self.check_host(secret)?;
        request.set_segment(id.name, Text::Plain(webhook.id.to_owned()));
        request.set_segment(self.token.name, Text::Hidden(Secret::new(webhook.token)));
        self.query(webhook.query, &secret.origin)
    }

    /// The name of a secret from this source in errors.
    fn of(&self, secret: &SecretWithOrigin) -> String {
        format!("{} ({})", self.what, secret.origin)
    }

    /// Refuses a webhook's URL of a server other than that of the API URL, which would receive the token.
    fn check_host(&self, secret: &SecretWithOrigin) -> Result<(), Error> {
        let Some((base, _)) = secret.secret.expose().split_once("/webhooks/") else { return Ok(()) };
        let Ok(webhook) = ApiUrl::parse(base) else { return Ok(()) };
        let api = match self.api_url.map(ApiUrl::parse) {
            Some(Ok(api)) => api,
            Some(Err(_)) => return Ok(()),
            None => ApiUrl::default(),
        };
        if webhook.is_discord() || webhook.host() == api.host() || webhook.is_loopback() && api.is_loopback() {
            return Ok(());
        }
        Err(Error::OtherHost {
            what: self.of(secret),
            host: webhook.host().to_owned(),
            to: api.host().to_owned(),
            api: webhook.to_string(),
        })
    }

    /// Sets both parameters if the id was typed separately. The secret is the token, or a webhook's URL with the same
    /// id.
    fn fill_with_id(
        &self,
        number: &str,
        secret: &SecretWithOrigin,
        request: &mut Request,
    ) -> Result<Vec<(&'static str, String)>, Error> {
        let text = secret.secret.expose();
        let (token, query) = match Webhook::read(text).filter(|_| self.is_webhook) {
            Some(webhook) if webhook.id == number => {
                self.check_host(secret)?;
                (webhook.token, webhook.query)
            }
            Some(_) => {
                let second = format!("the URL of another webhook in {}", secret.origin);
                return Err(Error::Conflict { first: number.to_owned(), second });
            }
            None if self.is_webhook => text.split_once('?').unwrap_or((text, "")),
            None => (text, ""),
        };
        if let Some(id) = self.id {
            request.set_segment(id.name, Text::Plain(number.to_owned()));
        }
        request.set_segment(self.token.name, Text::Hidden(Secret::new(token)));
        self.query(query, &secret.origin)
    }

    /// The parameters of this endpoint in the query of a webhook's URL. Discord and dcord ignore all others.
    fn query(&self, query: &str, origin: &str) -> Result<Vec<(&'static str, String)>, Error> {
        let mut found: Vec<(&'static str, String)> = Vec::new();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let param = self.endpoint.param(&name).filter(|p| p.place == Place::Query && p.name != WAIT);
            let Some(param) = param else { continue };
            let wanted = match param.kind {
                ParamKind::Snowflake(_) if value.parse::<Snowflake>().is_err() => "an id",
                ParamKind::Boolean if value.parse::<bool>().is_err() => "true or false",
                _ => {
                    found.retain(|(name, _)| *name != param.name);
                    found.push((param.name, value.into_owned()));
                    continue;
                }
            };
            let flag = format!("{} in the URL of {} ({origin})", param.name, self.what);
            return Err(Error::Value { flag, text: value.into_owned(), wanted: wanted.to_owned() });
        }
        Ok(found)
    }
}

/// Quotation marks that some programs leave around the value of a variable.
const QUOTES: [char; 2] = ['"', '\''];

/// The parts of a webhook's URL, or of `ID/TOKEN`.
struct Webhook<'a> {
    id: &'a str,
    token: &'a str,
    query: &'a str,
}

impl<'a> Webhook<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let text = text.split_once("/webhooks/").map_or(text, |(_, rest)| rest);
        let text = text.split('#').next().unwrap_or_default();
        let (path, query) = text.split_once('?').unwrap_or((text, ""));
        let mut parts = path.split('/');
        let (id, token) = parts.next().zip(parts.next())?;
        (id.parse::<Snowflake>().is_ok() && !token.is_empty() && !token.contains(QUOTES)).then_some(Self {
            id,
            token,
            query,
        })
    }
}

/// Reads a secret from its source.
pub fn fetch(source: &SecretSource, what: &str, input: &mut Input) -> Result<Secret, Error> {
    input.refuse_literal(what)?;
    match source.fetch(what) {
        Ok(Some(secret)) if !secret.expose().is_empty() => Ok(secret),
        Ok(None) => Ok(Secret::new(input.text(what, "-")?.trim())),
        Ok(Some(_)) => Err(Error::SecretEmpty { what: what.to_owned() }),
        Err(crate::config::Error::Unset { name, .. }) => Err(Error::SecretUnset { what: what.to_owned(), name }),
        Err(crate::config::Error::ReadGiven { path, source, .. }) => {
            Err(Error::Read { flag: what.to_owned(), path, source })
        }
        Err(_) => Err(Error::SecretEmpty { what: what.to_owned() }),
    }
}
