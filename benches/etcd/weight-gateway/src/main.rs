//! A table that follows a prefix, by `readmostly-etcd`.

use readmostly::CowMap;
use readmostly_etcd::Follow;
use std::env;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

fn main() -> Result<(), Box<dyn Error>> {
    let url = env::args().nth(1).ok_or("a URL is missing")?;
    let table: Arc<CowMap<String, String>> = Arc::default();
    let follower = Follow::prefix([url], "/m/").text().into(Arc::clone(&table))?;
    follower.ready(Duration::from_secs(10))?;
    println!("{} keys", table.len());
    std::thread::park();
    Ok(())
}
