//! A list and a watch, by `etcd-client`; none of what a follower does beside them.

use etcd_client::{Client, EventType, GetOptions, WatchOptions};
use std::collections::HashMap;
use std::env;
use std::error::Error;

async fn follow(url: String) -> Result<(), Box<dyn Error>> {
    let mut client = Client::connect([url], None).await?;
    let list = client.get("/m/", Some(GetOptions::new().with_prefix())).await?;
    let mut table: HashMap<_, _> =
        list.kvs().iter().map(|kv| (kv.key().to_vec(), kv.value().to_vec())).collect();
    println!("{} keys", table.len());
    let next = list.header().map_or(0, etcd_client::ResponseHeader::revision) + 1;
    let options = WatchOptions::new().with_prefix().with_start_revision(next);
    let mut watch = client.watch("/m/", Some(options)).await?;
    while let Some(message) = watch.message().await? {
        for event in message.events() {
            let Some(kv) = event.kv() else { continue };
            match event.event_type() {
                EventType::Put => drop(table.insert(kv.key().to_vec(), kv.value().to_vec())),
                EventType::Delete => drop(table.remove(kv.key())),
            }
        }
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let url = env::args().nth(1).ok_or("a URL is missing")?;
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(follow(url))
}
