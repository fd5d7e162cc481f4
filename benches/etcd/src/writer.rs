//! Writes into etcd, by gRPC, which none of the contenders has to do with.

use crate::{KEYS, Outcome, PREFIX, name, value};
use etcd_client::{Client, KvClient, Txn, TxnOp};
use std::future::Future;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::time;

/// How many writes are on their way at a time.
const TASKS: usize = 16;

/// Runs a future of etcd-client's.
pub(crate) fn block_on<T>(future: impl Future<Output = Outcome<T>>) -> Outcome<T> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(future)
}

pub(crate) async fn connect(url: &str) -> Outcome<KvClient> {
    Ok(Client::connect([url], None).await?.kv_client())
}

/// Writes all keys.
pub(crate) fn fill(url: &str) -> Outcome {
    block_on(async {
        let mut client = connect(url).await?;
        for first in (0..KEYS).step_by(125) {
            let put = |n: u64| TxnOp::put(format!("{PREFIX}{}", name(n)), value(n), None);
            client.txn(Txn::new().and_then((first..first + 125).map(put).collect::<Vec<_>>())).await?;
        }
        Ok(())
    })
}

/// What a write was answered with.
pub(crate) struct Answered {
    pub(crate) number: u64,
    pub(crate) at: Instant,
    pub(crate) revision: i64,
}

/// Writes these numbers to keys by chance, so many in a second, or as fast as etcd takes them.
pub(crate) fn write(url: &str, numbers: Range<u64>, rate: Option<u64>) -> Outcome<Vec<Answered>> {
    block_on(async {
        let (client, next, began) = (connect(url).await?, Arc::new(AtomicU64::new(0)), Instant::now());
        let tasks: Vec<_> = (0..TASKS)
            .map(|_| {
                let (mut client, next, numbers) = (client.clone(), Arc::clone(&next), numbers.clone());
                tokio::spawn(async move {
                    let mut all = Vec::new();
                    loop {
                        let nth = next.fetch_add(1, Ordering::Relaxed);
                        let number = numbers.start + nth;
                        if number >= numbers.end {
                            return Outcome::Ok(all);
                        }
                        if let Some(rate) = rate {
                            time::sleep_until((began + Duration::from_micros(nth * 1_000_000 / rate)).into())
                                .await;
                        }
                        let key = format!("{PREFIX}{}", name(fastrand::u64(..KEYS)));
                        let answer = client.put(key, value(number), None).await?;
                        let revision = answer.header().ok_or("no header")?.revision();
                        all.push(Answered { number, at: Instant::now(), revision });
                    }
                })
            })
            .collect();
        let mut all = Vec::new();
        for task in tasks {
            all.extend(task.await??);
        }
        Ok(all)
    })
}
