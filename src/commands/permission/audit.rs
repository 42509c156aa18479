//! `dcord permission audit`: lists what is risky in the permissions of a server.

use serde_json::Value;

use super::findings::{Facts, Finding, Members, Severity};
use crate::call::bind::Bound;
use crate::call::{self, CacheMode, Content, Policy, Wants};
use crate::catalogue::{Endpoint, rows};
use crate::context::{Context, view};
use crate::error::{self, Exit, Peer, Refused, Report, Result, exit};
use crate::rest::{Request, Text};

/// The exit status if there is a finding of the severity in `--fail-on`, or a higher one.
const FOUND: u8 = exit::OTHER;

pub fn run(context: &Context, policy: &Policy<'_>, bound: Bound) -> Result<()> {
    let row = bound.endpoint;
    if policy.cache == CacheMode::Offline {
        return Err(Refused::Offline { command: row.words() }.into());
    }
    let fail_on = bound.request.query.iter().find(|(name, _)| name == "fail_on");
    let fail_on = fail_on.and_then(|(_, text)| Severity::ALL.into_iter().find(|severity| severity.name() == text));
    let mut printer = context.printer(view(row))?;
    let audit = Audit { context, policy, bound: &bound };
    let (facts, skipped) = context.block_on(audit.read())??;
    let findings = facts.findings();
    let items: Vec<Value> = findings.iter().map(Finding::json).collect();
    printer.answer(&serde_json::to_vec(&items)?, Some("application/json"))?;
    context.finish(&mut printer)?;
    if findings.is_empty() && skipped == 0 && context.console.options().terminal {
        context.console.note("no findings");
    }
    if fail_on.is_some_and(|least| findings.iter().any(|finding| finding.severity >= least)) {
        return Err(Exit(FOUND).into());
    }
    match skipped {
        0 => Ok(()),
        _ => {
            let message = "the audit is incomplete, because the bot could not read everything";
            Err(Box::new(Report::new(exit::PARTLY, "partial", message, None)).into())
        }
    }
}

struct Audit<'a> {
    context: &'a Context,
    policy: &'a Policy<'a>,
    bound: &'a Bound,
}

impl Audit<'_> {
    /// Reads the facts, and says how many lists could not be read.
    async fn read(&self) -> Result<(Facts, u32)> {
        let app = &self.context.app;
        app.authenticate(self.bound.endpoint.auth);
        call::admit(app, self.bound.endpoint)?;
        let mut facts = Facts { server: self.object(rows::GET_GUILD).await?, ..Facts::default() };
        facts.channels = self.list(rows::LIST_CHANNELS).await?;
        let mut skipped = 0;
        match self.members().await {
            Ok(members) => facts.members = Some(members),
            Err(error) => self.skip("roles and bots", error, &mut skipped)?,
        }
        match self.list(rows::LIST_GUILD_WEBHOOKS).await {
            Ok(webhooks) => facts.webhooks = Some(webhooks),
            Err(error) => self.skip("webhooks", error, &mut skipped)?,
        }
        match self.list(rows::LIST_INTEGRATIONS).await {
            Ok(integrations) => facts.integrations = Some(integrations),
            Err(error) => self.skip("integrations", error, &mut skipped)?,
        }
        Ok((facts, skipped))
    }

    /// Warns that the bot may not read a list. Any other error ends the audit.
    fn skip(&self, what: &str, error: error::Error, skipped: &mut u32) -> Result<()> {
        match error::report(&error, &Peer::Discord) {
            Some(report) if report.status == Some(403) => {
                *skipped += 1;
                report.show_as_warning(&format!("not all checks of {what} were possible"), &self.context.console);
                Ok(())
            }
            _ => Err(error),
        }
    }

    fn bound_to(&self, row: &'static Endpoint) -> Bound {
        let mut request = Request::new(row);
        let guild = self.bound.request.plain_segment("guild_id").unwrap_or_default();
        request.set_segment("guild_id", Text::Plain(guild.to_owned()));
        Bound { command: self.bound.command, all: true, ..Bound::of(row, request) }
    }

    async fn object(&self, row: &'static Endpoint) -> Result<Value> {
        let outcome =
            call::execute(&self.context.app, self.bound_to(row), &self.read_policy(), Wants::default()).await?;
        let Content::Answer(answer) = outcome.content else {
            return Err(anyhow::anyhow!("a server is an object").into());
        };
        let object = answer.document.object().map(|object| serde_json::from_str(object.get())).transpose()?;
        object.ok_or_else(|| anyhow::anyhow!("Discord's response about the server is not an object").into())
    }

    async fn list(&self, row: &'static Endpoint) -> Result<Vec<Value>> {
        let mut list = Vec::new();
        self.each(row, |item| list.push(item)).await?;
        Ok(list)
    }

    async fn members(&self) -> Result<Members> {
        let progress = self.context.console.progress().show("reading members", None);
        let (mut members, mut read) = (Members::default(), 0_u64);
        self.each(rows::LIST_MEMBERS, |item| {
            members.add(&item);
            read += 1;
            if read.is_multiple_of(1000) {
                progress.set(&format!("read {read} members"), 0);
            }
        })
        .await?;
        Ok(members)
    }

    /// Passes each item of a list to `take`, with one page in memory.
    async fn each(&self, row: &'static Endpoint, mut take: impl FnMut(Value)) -> Result<()> {
        let outcome =
            call::execute(&self.context.app, self.bound_to(row), &self.read_policy(), Wants::default()).await?;
        let Content::Pages(mut listing) = outcome.content else {
            return Err(anyhow::anyhow!("{} prints a list", row.words()).into());
        };
        while let Some(page) = listing.next().await? {
            for item in page.items() {
                take(serde_json::from_str(item.get())?);
            }
        }
        Ok(())
    }

    /// The policy for the requests, which only read.
    fn read_policy(&self) -> Policy<'_> {
        let rights = self.policy.rights.clone();
        Policy { rights, cache: CacheMode::Network, dry_run: false, ..*self.policy }
    }
}
