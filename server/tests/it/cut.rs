//! A way to a server that can be cut off.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// Passes connections on until it is cut.
pub(crate) struct Cut {
    /// The server's address, by this way.
    pub(crate) address: String,
    open: Arc<AtomicBool>,
    cutting: Arc<Notify>,
}

impl Cut {
    /// A way to the server at the address of a URL.
    pub(crate) async fn before(address: &str) -> Self {
        let url = url::Url::parse(address).unwrap();
        let there = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let here = listener.local_addr().unwrap().to_string();
        let (open, cutting) = (Arc::new(AtomicBool::new(true)), Arc::new(Notify::new()));
        let (is_open, cut) = (open.clone(), cutting.clone());
        let to = there.clone();
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                if !is_open.load(Ordering::SeqCst) {
                    continue;
                }
                let (cut, to, is_open) = (cut.clone(), to.clone(), is_open.clone());
                tokio::spawn(async move {
                    let mut cutting = std::pin::pin!(cut.notified());
                    // From here on it is told of a cut, so that none can come between.
                    cutting.as_mut().enable();
                    let Ok(mut far) = TcpStream::connect(&to).await else { return };
                    if !is_open.load(Ordering::SeqCst) {
                        return;
                    }
                    tokio::select! {
                        _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                        () = cutting => {}
                    }
                });
            }
        });
        Self { address: address.replace(&there, &here), open, cutting }
    }

    /// Ends all connections, and lets no more through.
    pub(crate) fn cut(&self) {
        self.open.store(false, Ordering::SeqCst);
        self.cutting.notify_waiters();
    }

    /// Lets connections through again.
    pub(crate) fn mend(&self) {
        self.open.store(true, Ordering::SeqCst);
    }
}
