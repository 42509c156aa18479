//! The checks that send requests to Discord: token, connection, clock, gateway, intents and limits.

use std::sync::Arc;
use std::time::Duration;

use jiff::fmt::rfc2822::DateTimeParser;
use serde_json::Value;

use super::check::Check;
use crate::call::app::scopes;
use crate::call::{self, Policy, Question, Reply};
use crate::catalogue::{Endpoint, rows};
use crate::commands::endpoint;
use crate::config;
use crate::context::Context;
use crate::error::{Error, Peer, Result};
use crate::gateway::{self, GatewayBot, intents};
use crate::limit::{self, LimitKind};
use crate::model::{TokenType, time};
use crate::rest::{self, Request, Response};

/// A smaller difference is ignored, because the Date header has no fractions and a response takes time.
const SKEW: Duration = Duration::from_secs(5);

/// Warns if fewer than one in this many of the day's IDENTIFY calls are left.
const FEW_IDENTIFIES: u32 = 10;

pub fn checks(context: &Context) -> Vec<Check> {
    let peer = context.app.api_url().map_or(Peer::Discord, |url| Peer::of(&url));
    let unasked = |_: &Question| Reply::Unanswered;
    let mut checks = vec![profile(context)];
    let policy = match endpoint::policy(context, None, &unasked) {
        Ok(policy) => policy,
        Err(error) => {
            checks.push(Check::error("profile rules", &error, &peer));
            return checks;
        }
    };
    let doctor = Doctor { context, policy, peer };
    match context.block_on(Box::pin(doctor.checks())) {
        Ok(found) => checks.extend(found),
        Err(error) => checks.push(Check::error("discord", &error, &doctor.peer)),
    }
    checks
}

fn profile(context: &Context) -> Check {
    let settings = &context.settings;
    let file = settings.config_file();
    if let Some(error) = &context.broken {
        return Check::error("profile", error, &Peer::Discord);
    }
    match (settings.profile_name(), file.is_file()) {
        (Some(name), _) => Check::ok("profile", format!("{name:?} in {}", file.display())),
        (None, true) => Check::ok("profile", format!("none in use; {} has no default_profile", file.display())),
        (None, false) => Check::ok("profile", "none; dcord uses the environment"),
    }
}

struct Doctor<'a> {
    context: &'a Context,
    policy: Policy<'a>,
    peer: Peer,
}

impl Doctor<'_> {
    async fn checks(&self) -> Vec<Check> {
        let settings = &self.context.settings;
        let has_token = match self.context.app.token() {
            Ok(_) => Ok(()),
            Err(config::Error::NoToken) if self.context.broken.is_some() => {
                Err(Check::skipped("token", "the profile cannot be read"))
            }
            Err(error) => Err(Check::error("token", &error.into(), &self.peer)),
        };
        if settings.flags.offline {
            let token = has_token.map_or_else(|check| check, |()| Check::ok("token", self.source()));
            return vec![token, Check::skipped("discord", "--offline prevents requests"), self.limits()];
        }
        // This endpoint needs no token, so its failure shows a problem with the connection.
        let response = match self.ask(rows::GET_GATEWAY).await {
            Ok(response) => response,
            Err(error) => {
                let token = has_token.err().unwrap_or_else(|| Check::skipped("token", "Discord does not answer"));
                return vec![token, Check::error("discord", &error, &self.peer), self.limits()];
            }
        };
        let of_token = async {
            match has_token {
                Err(check) => vec![check],
                Ok(()) => self.of_token().await,
            }
        };
        let (mut of_token, gateway) = tokio::join!(of_token, self.gateway(&response));
        let discord = Check::ok("discord", format!("{} answers", self.url()));
        let rest = of_token.split_off(1);
        let mut checks = of_token;
        checks.extend([discord, self.clock(&response), gateway]);
        checks.extend(rest);
        checks.push(self.limits());
        checks
    }

    /// Checks whether Discord accepts the token, and what the token may do.
    async fn of_token(&self) -> Vec<Check> {
        let (token, is_valid) = self.token().await;
        let is_of_bot = self.context.app.token().is_ok_and(|token| token.kind == TokenType::Bot);
        if !is_valid || !is_of_bot {
            return vec![token];
        }
        let (intents, identifies) = tokio::join!(self.intents(), self.identifies());
        vec![token, intents, identifies]
    }

    async fn ask(&self, row: &'static Endpoint) -> Result<Response> {
        call::exchange(&self.context.app, &self.policy, row, &Request::new(row), false).await
    }

    async fn json(&self, row: &'static Endpoint) -> Result<Value> {
        Ok(serde_json::from_slice(&self.ask(row).await?.body)?)
    }

    fn url(&self) -> String {
        self.context.app.api_url().map(|url| url.as_str().to_owned()).unwrap_or_default()
    }

    fn source(&self) -> String {
        self.context.settings.token_sources().first().map(|source| format!("from {source}")).unwrap_or_default()
    }

    async fn token(&self) -> (Check, bool) {
        match self.json(rows::GET_ME).await {
            Ok(me) => {
                let name = me["username"].as_str().unwrap_or_default();
                (Check::ok("token", format!("{}; it belongs to {name}", self.source())), true)
            }
            Err(error) => (Check::error("token", &error, &self.peer), false),
        }
    }

    fn clock(&self, response: &Response) -> Check {
        let date = response.headers.get(http::header::DATE).and_then(|date| date.to_str().ok());
        let Some(theirs) = date.and_then(|date| DateTimeParser::new().parse_timestamp(date).ok()) else {
            return Check::skipped("clock", "the response has no date");
        };
        let skew = self.context.clock.wall_ms() - theirs.as_millisecond();
        let length = Duration::from_millis(skew.unsigned_abs());
        if length <= SKEW {
            return Check::ok("clock", "it agrees with Discord's clock");
        }
        let way = if skew > 0 { "ahead of" } else { "behind" };
        Check::warning(
            "clock",
            format!("it is {} {way} Discord's, so times and ids of times are wrong", time::in_words(length)),
            "set the clock by NTP, such as with `timedatectl set-ntp true`",
        )
    }

    async fn gateway(&self, response: &Response) -> Check {
        let settings = &self.context.settings;
        let reached = async {
            let url = rest::text(&response.body, "url")?;
            let tls = Arc::new(settings.ca.config(&["http/1.1"]).map_err(rest::Error::from)?);
            let api = self.context.app.api_url()?;
            gateway::reach(&url, Some(api.url()), &tls, &settings.proxies).await?;
            Ok::<_, Error>(url)
        };
        let Ok(reached) = tokio::time::timeout(settings.request_timeout, reached).await else {
            let within = time::in_words(settings.request_timeout);
            let fix = "a proxy or firewall may block WebSocket connections".to_owned();
            return Check::failed("gateway", format!("no connection within {within}"), Some(fix));
        };
        match reached {
            Ok(url) => Check::ok("gateway", format!("{url} accepts connections")),
            Err(error) => Check::error("gateway", &error, &self.peer),
        }
    }

    async fn intents(&self) -> Check {
        let flags = match self.json(rows::GET_APPLICATION).await {
            Ok(application) => application["flags"].as_u64().unwrap_or_default(),
            Err(error) => return Check::error("intents", &error, &self.peer),
        };
        let granted = intents::granted(flags);
        let names = |set| intents::privileged_names(set).join(", ");
        match intents::PRIVILEGED & !granted {
            0 => Check::ok("intents", format!("the app may use {}", names(granted))),
            missing => Check::warning(
                "intents",
                format!("the app may not use {}", names(missing)),
                "if you need them, enable them at https://discord.com/developers/applications under Bot, Privileged \
                 Gateway Intents",
            ),
        }
    }

    async fn identifies(&self) -> Check {
        let found = self.ask(rows::GET_GATEWAY_BOT).await.and_then(|response| Ok(GatewayBot::parse(&response.body)?));
        let limit = match found {
            Ok(bot) => bot.session_start_limit,
            Err(error) => return Check::error("identify limit", &error, &self.peer),
        };
        let left = format!("{} of {} left today", limit.remaining, limit.total);
        match limit.remaining < limit.total / FEW_IDENTIFIES {
            true => Check::warning(
                "identify limit",
                left,
                "use `listen --consumer NAME`, which resumes its sessions; a bot that uses up the limit loses its token",
            ),
            false => Check::ok("identify limit", left),
        }
    }

    /// Reports blocks, rejected tokens and invalid requests from the records that all processes of this machine
    /// share.
    fn limits(&self) -> Check {
        let app = &self.context.app;
        let ledger = match app.open_ledger() {
            Ok(ledger) => ledger,
            Err(error) => return Check::error("limits", &error, &self.peer),
        };
        let scope = app.api_url().map(|url| scopes(&url, app.known_token()).token).unwrap_or_default();
        let lines = match ledger.write(limit::report) {
            Ok(lines) => lines,
            Err(error) => return Check::error("limits", &error.into(), &self.peer),
        };
        let left = |length: Option<Duration>| time::in_words(length.unwrap_or_default());
        for line in &lines {
            match line.kind {
                LimitKind::Blocked => {
                    return Check::failed(
                        "limits",
                        format!("Cloudflare blocks this IP address for another {}", left(line.reset_after)),
                        Some("wait; if it is no longer true, run `dcord limits clear --blocks`".to_owned()),
                    );
                }
                LimitKind::DeadToken if line.scope == scope => {
                    return Check::failed(
                        "limits",
                        "Discord rejected this token, so dcord does not use it",
                        Some("get a new token, or run `dcord limits clear --tokens` to try this one again".to_owned()),
                    );
                }
                LimitKind::Invalid if line.remaining < line.limit.map(|limit| limit / 2) => {
                    let spent = line.limit.unwrap_or_default() - line.remaining.unwrap_or_default();
                    return Check::warning(
                        "limits",
                        format!("{spent} requests of this machine were answered with 401, 403 or 429"),
                        "find out why Discord rejects them before it blocks this IP address",
                    );
                }
                _ => {}
            }
        }
        match app.known_token() {
            Some(_) => Check::ok("limits", "neither this IP address nor the token is blocked"),
            None => Check::ok("limits", "this IP address is not blocked"),
        }
    }
}
