//! The outcome of a call.

use super::answer::Answer;
use super::keeper::Keeper;
use super::parts::Parts;
use super::{App, hidden};
use crate::catalogue::Endpoint;
use crate::error::Result;
use crate::rest::{Client, Page, Pages, Plan, Request};

/// The outcome of a call.
pub struct Outcome<'a> {
    pub content: Content<'a>,
    /// The server for links to the items, if the intent requires it.
    pub server: Option<String>,
    /// Where a list looks for its items, as in `in My Server`, if the intent wants words.
    pub container: Option<String>,
    /// The sentence that says what the call did, if the intent wants words and the row has one.
    pub report: Option<String>,
}

/// The content of an outcome.
pub enum Content<'a> {
    Answer(Answer),
    Pages(Box<Listing<'a>>),
    /// Several messages, to send one after another.
    Parts(Box<Parts<'a>>),
    /// The requests that a dry run does not send.
    Planned(Vec<Planned>),
    /// There was nothing to do, so nothing was sent.
    Nothing,
}

/// The request that a dry run does not send. For a list, the request for the first page.
#[derive(Debug)]
pub struct Planned {
    pub request: Request,
    pub row: Option<&'static Endpoint>,
    /// How much of a list to read, or `None` for a request without pages.
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
    /// Whether the pages are stored in the cache.
    is_stored: bool,
    is_one_page: bool,
    limit: Option<u64>,
    /// Whether all pages are read, from the first item of the list.
    is_whole: bool,
    /// Whether the cache has recorded that the list is complete.
    is_listed: bool,
}

impl<'a> Listing<'a> {
    pub fn new(
        app: &'a App,
        request: Request,
        endpoint: &'static Endpoint,
        plan: Plan,
        is_stored: bool,
    ) -> Result<Self> {
        let keeper = Keeper::new(app, endpoint, &request);
        Ok(Self {
            app,
            client: app.client(request.auth)?,
            endpoint,
            is_one_page: !plan.all && plan.limit.is_none(),
            limit: plan.limit,
            is_whole: plan.limit.is_none() && keeper.is_from_the_start(),
            pages: Pages::new(request.clone(), endpoint.paging, endpoint.items, plan),
            request,
            is_listed: false,
            is_stored,
            keeper,
        })
    }

    /// Reads the next page and stores it in the cache. Returns `None` after the last page.
    pub async fn next(&mut self) -> Result<Option<Page>> {
        let page = self.pages.next(self.client).await?;
        match &page {
            _ if !self.is_stored => {}
            Some(page) => {
                self.is_listed = self.is_whole && !self.pages.more();
                self.keeper.keep(page.body(), self.is_listed);
            }
            // The last page was full, so only the absence of another page shows that the list is complete.
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

    /// Whether one page was requested, which is printed as Discord's document.
    pub const fn is_one_page(&self) -> bool {
        self.is_one_page
    }

    /// The maximum number of items, or `None` for all.
    pub const fn limit(&self) -> Option<u64> {
        self.limit
    }

    /// Where the next page begins: the name of a cursor, and its value.
    pub fn place(&self) -> Option<(String, String)> {
        self.pages.place()
    }

    /// Whether the list may have more items than were returned.
    pub fn more(&self) -> bool {
        self.pages.more()
    }

    /// Whether the list has more items that Discord does not serve.
    pub fn is_cut_off(&self) -> bool {
        self.pages.is_cut_off()
    }

    /// How many channels the list omits because the bot cannot view them.
    pub fn hidden_channels(&self) -> u64 {
        hidden::channels(self.app, self.endpoint, &self.request)
    }
}
