//! What comes of a call.

use super::answer::Answer;
use super::keeper::Keeper;
use super::parts::Parts;
use super::target_names::TargetNames;
use super::{App, hidden};
use crate::catalogue::Endpoint;
use crate::error::Result;
use crate::rest::{Client, Page, Pages, Plan, Request};

/// What comes of a call.
pub struct Outcome<'a> {
    pub content: Content<'a>,
    /// The server that links to the response's items need, if the call was to say it.
    pub server: Option<String>,
    /// What the call acts on, if it was to say so.
    pub target: TargetNames,
}

/// The content of an outcome.
pub enum Content<'a> {
    Answer(Answer),
    Pages(Box<Listing<'a>>),
    /// Several messages, sent one after the other.
    Parts(Box<Parts<'a>>),
    /// The requests that a dry run does not send.
    Planned(Vec<Planned>),
}

/// The request that a dry run does not send. Of a list it is the one for the first page.
#[derive(Debug)]
pub struct Planned {
    pub request: Request,
    pub row: Option<&'static Endpoint>,
    /// How much of a list is wanted; `None` if no pages are walked.
    pub plan: Option<Plan>,
}

/// A list that is read page by page, one page in memory at a time.
pub struct Listing<'a> {
    app: &'a App,
    client: &'a Client,
    endpoint: &'static Endpoint,
    request: Request,
    pages: Pages,
    keeper: Keeper<'a>,
    is_one_page: bool,
    limit: Option<u64>,
    /// The pages begin with the list's first item and nothing limits them.
    is_whole: bool,
    /// The cache knows that the pages were the whole list.
    is_listed: bool,
}

impl<'a> Listing<'a> {
    pub fn new(app: &'a App, client: &'a Client, request: Request, endpoint: &'static Endpoint, plan: Plan) -> Self {
        let keeper = Keeper::new(app, endpoint, &request);
        Self {
            app,
            client,
            endpoint,
            pages: Pages::new(request.clone(), endpoint.paging, endpoint.items, plan),
            request,
            is_one_page: !plan.all && plan.limit.is_none(),
            limit: plan.limit,
            is_whole: plan.limit.is_none() && keeper.is_from_the_start(),
            is_listed: false,
            keeper,
        }
    }

    /// The next page, which the cache keeps; `None` after the last.
    pub async fn next(&mut self) -> Result<Option<Page>> {
        let page = self.pages.next(self.client).await?;
        match &page {
            Some(page) => {
                self.is_listed = self.is_whole && !self.pages.more();
                self.keeper.keep(page.body(), self.is_listed);
            }
            // The last page was full, so only the absence of another one says that it was the last.
            None if self.is_whole && !self.is_listed && !self.pages.more() && !self.pages.is_cut_off() => {
                self.is_listed = true;
                self.keeper.keep_end();
            }
            None => {}
        }
        Ok(page)
    }

    pub const fn endpoint(&self) -> &'static Endpoint {
        self.endpoint
    }

    /// Whether one page was asked for, which is the document that Discord sent.
    pub const fn is_one_page(&self) -> bool {
        self.is_one_page
    }

    /// How many items are wanted, if not all.
    pub const fn limit(&self) -> Option<u64> {
        self.limit
    }

    /// Where the next page begins: the name of a cursor, and its value.
    pub fn place(&self) -> Option<(String, String)> {
        self.pages.place()
    }

    /// Whether the list goes on beyond what was returned, as far as that is known.
    pub fn more(&self) -> bool {
        self.pages.more()
    }

    /// Whether it goes on where Discord serves no more of it.
    pub fn is_cut_off(&self) -> bool {
        self.pages.is_cut_off()
    }

    /// How many channels the list leaves out because the bot cannot view them.
    pub fn hidden_channels(&self) -> u64 {
        hidden::channels(self.app, self.endpoint, &self.request)
    }
}
