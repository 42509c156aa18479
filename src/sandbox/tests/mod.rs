//! Tests of the sandbox. Those here and in `rows` and `wire` use real sockets.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Options, Sandbox};
use crate::catalogue::{Endpoint, Place};

mod applications;
mod fixture;
mod resources;
mod rows;
mod visibility;
mod wire;

/// A running sandbox and an HTTP client.
pub(super) struct World {
    pub sandbox: Sandbox,
    client: reqwest::Client,
}

/// An HTTP response.
pub(super) struct HttpResponse {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub bytes: Vec<u8>,
}

impl HttpResponse {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or(Value::Null)
    }
}

impl World {
    pub async fn new() -> Self {
        Self::with(Options { limits: vec!["off".to_owned()], ..Options::default() }).await
    }

    pub async fn with(options: Options) -> Self {
        // Only the first test in the process installs the provider; for the others this fails.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let sandbox = Sandbox::start(options).await.unwrap();
        Self { sandbox, client: reqwest::Client::builder().no_proxy().build().unwrap() }
    }

    pub async fn send(
        &self,
        method: &str,
        path: &str,
        authorization: Option<&str>,
        body: Option<Value>,
    ) -> HttpResponse {
        let url = format!("{}{path}", self.sandbox.identity().api_url);
        let mut request = self.client.request(Method::from_bytes(method.as_bytes()).unwrap(), url);
        if let Some(authorization) = authorization {
            request = request.header("authorization", authorization);
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        Self::execute(request).await
    }

    /// Sends fields as a form, with a file for each file parameter of the row.
    pub async fn send_form(
        &self,
        row: &Endpoint,
        path: &str,
        authorization: Option<&str>,
        fields: Value,
    ) -> HttpResponse {
        let url = format!("{}{path}", self.sandbox.identity().api_url);
        let mut request = self.client.request(Method::from_bytes(row.method.name().as_bytes()).unwrap(), url);
        if let Some(authorization) = authorization {
            request = request.header("authorization", authorization);
        }
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let fields: Vec<(String, String)> =
            fields.as_object().into_iter().flatten().map(|(name, value)| (name.clone(), text(value))).collect();
        let files: Vec<&str> = row.all_params().filter(|p| p.place == Place::File).map(|p| p.name).collect();
        if files.is_empty() {
            let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
            return Self::execute(request.header("content-type", "application/x-www-form-urlencoded").body(body)).await;
        }
        let mut form = reqwest::multipart::Form::new();
        for (name, value) in fields {
            form = form.text(name, value);
        }
        for name in files {
            form = form.part(name, reqwest::multipart::Part::bytes(b"bytes".to_vec()).file_name("file.bin"));
        }
        Self::execute(request.multipart(form)).await
    }

    async fn execute(request: reqwest::RequestBuilder) -> HttpResponse {
        let response = request.send().await.unwrap();
        HttpResponse {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            bytes: response.bytes().await.unwrap().to_vec(),
        }
    }

    /// Sends a request with the bot's token. Returns the status, or `None` if the connection was cut.
    pub async fn try_bot(&self, method: &str, path: &str, body: Option<Value>) -> Option<u16> {
        let url = format!("{}{path}", self.sandbox.identity().api_url);
        let token = self.sandbox.identity().token.authorization();
        let request = self
            .client
            .request(Method::from_bytes(method.as_bytes()).unwrap(), url)
            .header("authorization", token.as_str())
            .body(body.map(|b| b.to_string()).unwrap_or_default());
        request.send().await.ok().map(|response| response.status().as_u16())
    }

    /// Sends a request with the bot's token.
    pub async fn bot(&self, method: &str, path: &str, body: Option<Value>) -> HttpResponse {
        let token = self.sandbox.identity().token.authorization();
        self.send(method, path, Some(&token), body).await
    }
}

#[tokio::test]
async fn a_sent_message_is_listed() {
    let world = World::new().await;
    let path = format!("/channels/{}/messages", world.sandbox.identity().channel_id);
    let sent = world.bot("POST", &path, Some(json!({"content": "hello"}))).await;
    assert_eq!(sent.status, 200, "{}", sent.json());
    let listed = world.bot("GET", &path, None).await.json();
    assert_eq!(listed[0]["content"], json!("hello"));
    assert_eq!(listed[0]["id"], sent.json()["id"]);
    world.sandbox.stop().await;
}
