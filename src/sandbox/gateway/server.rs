//! The sockets of the gateway.

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

/// More sockets than a test opens, and fewer than a process may.
const MAX_CONNECTIONS: usize = 512;

/// The pause after an accept that failed.
const ACCEPT_AGAIN: Duration = Duration::from_millis(10);

/// How long connections may take to close when the sandbox ends.
const SHUTDOWN: Duration = Duration::from_secs(1);

impl Hub {
    /// Serves until `shutdown` is done; then every connection is closed with 1001.
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
                    // Too many: dropping the socket hangs up.
                    Ok(_) => {}
                    // Out of descriptors, most likely; trying at once would only spin.
                    Err(_) => tokio::time::sleep(ACCEPT_AGAIN).await,
                }
            }
        }
        drop(stop);
        let _ = tokio::time::timeout(SHUTDOWN, async { while tasks.join_next().await.is_some() {} }).await;
        let sessions: Vec<_> = self.lock().sessions.drain().collect();
        for (_, session) in sessions {
            session.end(Close::GOING_AWAY);
        }
    }
}
