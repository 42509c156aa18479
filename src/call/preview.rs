//! Counts the objects that a call would affect, before the call.

use anyhow::Context as _;
use serde_json::Value;

use super::App;
use super::bind::Bound;
use super::exchange::exchange;
use super::policy::Policy;
use crate::catalogue::{self, Place};
use crate::error::Result;
use crate::rest::Request;

/// Asks Discord for the number of objects that the call would affect. `None` if no endpoint counts them.
pub async fn count(app: &App, policy: &Policy<'_>, bound: &Bound) -> Result<Option<u64>> {
    let Some((operation, field)) = bound.endpoint.counted else { return Ok(None) };
    let row = catalogue::operation(operation).context("a test finds the row of each operation")?;
    let mut request = Request::new(row);
    request.segments.clone_from(&bound.request.segments);
    for param in row.all_params().filter(|param| param.place == Place::Query) {
        let value = bound.request.body.json().and_then(|body| body.get(param.name));
        let values = match value {
            None | Some(Value::Null) => &[],
            Some(Value::Array(values)) => &values[..],
            Some(one) => std::slice::from_ref(one),
        };
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        request.query.extend(values.iter().map(|value| (param.name.to_owned(), text(value))));
    }
    let response = exchange(app, policy, row, &request, false).await?;
    let answer: Value =
        serde_json::from_slice(&response.body).context("Discord's response about the number is not JSON")?;
    Ok(answer[field].as_u64())
}
