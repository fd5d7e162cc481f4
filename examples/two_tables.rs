//! Two tables that have to agree: how are they changed in one step?
//!
//! Put them into one struct, and the struct into one cell. A shop has a table of plans and a table that says which
//! plan a customer is on. Every customer's plan must exist, at every moment, in the eyes of every thread, although
//! plans are replaced all the time. With a lock for each table, or two containers side by side, a reader would
//! sooner or later look at one table before a change and at the other one after it.
//!
//! `cargo run --example two_tables`

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use readmostly::CowCell;
use readmostly::paged::{PagedMap, PagedVec};

/// Cloning it is cheap however large the tables are, since paged collections share their pages.
#[derive(Clone, Default)]
struct Shop {
    /// Prices of the plans on offer, by the name of the plan.
    prices: PagedMap<String, u32>,
    /// The plan of each customer, by the customer's number.
    plans: PagedVec<String>,
}

impl Shop {
    /// What a customer pays; nothing, if the plan is not in the other table.
    fn price(&self, customer: usize) -> Option<u32> {
        self.prices.get(&self.plans[customer]).copied()
    }

    /// Takes a plan from the offer and moves everybody who is on it to another.
    fn replace_plan(&mut self, old: &str, new: &str, price: u32) -> Result<(), String> {
        self.prices.remove(old).ok_or_else(|| format!("there is no plan {old:?}"))?;
        for customer in 0..self.plans.len() {
            if self.plans[customer] == old {
                new.clone_into(&mut self.plans[customer]);
            }
        }
        if self.prices.insert(new.to_owned(), price).is_some() {
            return Err(format!("there is a plan {new:?} already"));
        }
        Ok(())
    }
}

const CUSTOMERS: usize = 1_000;
const SEASONS: u32 = 200;

fn main() {
    let shop = CowCell::new(Shop {
        prices: [("free".to_owned(), 0), ("season 0".to_owned(), 10)].into_iter().collect(),
        plans: (0..CUSTOMERS).map(|n| if n % 10 == 0 { "free" } else { "season 0" }.to_owned()).collect(),
    });

    // Each season replaces a plan: both tables change, and 900 customers move.
    let closed = AtomicBool::new(false);
    let looks = thread::scope(|scope| {
        let readers = [0, 1].map(|_| scope.spawn(|| look_until(&closed, &shop)));
        for season in 1..=SEASONS {
            let (old, new) = (format!("season {}", season - 1), format!("season {season}"));
            shop.try_update(|draft| draft.replace_plan(&old, &new, 10 + season)).expect("the plan is there");
        }
        closed.store(true, Ordering::Release);
        readers.map(|reader| reader.join().expect("the reader found both tables in step"))
    });
    println!("{SEASONS} seasons, each one version: the shop is at version {}.", shop.version());
    println!("Two readers looked {looks:?} times, and every customer's plan was in the other table.");
    assert_eq!(shop.version(), u64::from(SEASONS));

    // An error half way leaves both tables as they were, although the draft had changed both.
    let before = shop.snapshot();
    let failed = shop.try_update(|draft| draft.replace_plan("free", "season 200", 5));
    println!("Replacing the free plan failed: {}. Nothing was published.", failed.clone().unwrap_err());
    assert_eq!(failed, Err("there is a plan \"season 200\" already".to_owned()));
    assert_eq!(shop.version(), u64::from(SEASONS));
    assert_eq!(shop.load().price(0), Some(0));
    assert!(shop.load().prices.ptr_eq(&before.prices) && shop.load().plans.ptr_eq(&before.plans));
}

/// Looks at both tables until the shop is closed, and counts how often. One `load` a look: all that is read through
/// it is of one version.
fn look_until(closed: &AtomicBool, shop: &CowCell<Shop>) -> usize {
    let mut reader = shop.reader();
    let mut looks = 0;
    loop {
        let last = closed.load(Ordering::Acquire);
        let now = reader.load();
        for customer in 0..now.plans.len() {
            assert!(now.price(customer).is_some(), "customer {customer} is on a plan that does not exist");
        }
        looks += 1;
        if last {
            return looks;
        }
    }
}
