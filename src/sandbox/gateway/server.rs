//! Accepts the gateway's connections.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::close::Close;
use super::connection;
use super::hub::Hub;

/// The maximum number of open connections: more than a test opens, and fewer than a process may have open files.
const MAX_CONNECTIONS: usize = 512;

/// The delay after a failed accept.
const ACCEPT_RETRY_DELAY: Duration = Duration::from_millis(10);

/// How long connections may take to close when the sandbox stops.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(1);

impl Hub {
    /// Serves until `shutdown` completes, then closes every connection with code 1001.
    pub async fn serve(self, listener: TcpListener, shutdown: impl Future<Output = ()> + Send) {
        let Ok(address) = listener.local_addr() else { return };
        let url: Arc<str> = format!("ws://{address}").into();
        let (stop, stopped) = watch::channel(());
        let mut tasks = JoinSet::new();
        tokio::pin!(shutdown);
        loop {
            tokio::select! {
                () = &mut shutdown => break,
                Some(_) = tasks.join_next() => {}
                accepted = listener.accept() => match accepted {
                    Ok((socket, _)) if tasks.len() < MAX_CONNECTIONS => {
                        let id = self.0.connections.fetch_add(1, Ordering::Relaxed);
                        let (hub, url) = (self.clone(), Arc::clone(&url));
                        tasks.spawn(connection::serve(hub, socket, id, url, stopped.clone()));
                    }
                    // There are too many connections. Dropping the socket closes this one.
                    Ok(_) => {}
                    // The process has probably run out of file descriptors, so retrying at once
                    // would fail again.
                    Err(_) => tokio::time::sleep(ACCEPT_RETRY_DELAY).await,
                }
            }
        }
        drop(stop);
        let _ = tokio::time::timeout(SHUTDOWN_TIMEOUT, async { while tasks.join_next().await.is_some() {} }).await;
        let sessions: Vec<_> = self.lock().sessions.drain().collect();
        for (_, session) in sessions {
            session.end(Close::GOING_AWAY);
        }
    }
}
