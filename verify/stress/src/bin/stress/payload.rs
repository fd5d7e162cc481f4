//! The value in the cells: it says in each of its words which cell it is for and which version it is.

use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

const WORDS: usize = 16;
/// What the words of a dropped value are. No cell has this number.
const DROPPED: u64 = 0xDEAD_DEAD_DEAD_DEAD;
/// A version's number takes the bits below.
const CELL: u32 = 48;

static MADE: AtomicU64 = AtomicU64::new(0);
static GONE: AtomicU64 = AtomicU64::new(0);

/// How many payloads there are in the process.
pub(crate) fn alive() -> u64 {
    // In this order: what is made in between is counted too much rather than too little.
    let gone = GONE.load(Ordering::Relaxed);
    MADE.load(Ordering::Relaxed).saturating_sub(gone)
}

/// How many there were at some moment, or fewer, however long the thread was interrupted in between.
pub(crate) fn surely_alive() -> u64 {
    // Acquire: in this order.
    let made = MADE.load(Ordering::Acquire);
    made.saturating_sub(GONE.load(Ordering::Relaxed))
}

/// Gives readers that hold guards the time to let go of them, before memory runs out.
pub(crate) fn spare_memory() {
    const MANY: u64 = 200_000;
    if alive() > MANY {
        thread::sleep(Duration::from_millis(1));
    }
}

#[derive(Debug)]
pub(crate) struct Payload {
    cell: u64,
    version: u64,
    words: Vec<u64>,
}

impl Payload {
    /// Version 0 of `cell`.
    pub(crate) fn new(cell: u64) -> Self {
        MADE.fetch_add(1, Ordering::Relaxed);
        Self { cell, version: 0, words: vec![cell << CELL; WORDS] }
    }

    /// What a cell holds at the end that stays for ever: no version, and not counted.
    pub(crate) fn nothing() -> Self {
        Self { cell: 0, version: 0, words: Vec::new() }
    }

    /// Becomes the next version, word by word, and returns its number.
    pub(crate) fn advance(&mut self) -> u64 {
        self.version += 1;
        self.words.fill(self.cell << CELL | self.version);
        self.version
    }

    /// Is it version `version` of `cell`, and whole? If not, says what it is instead.
    #[inline]
    pub(crate) fn check(&self, cell: u64, version: u64) -> Result<(), String> {
        let word = cell << CELL | version;
        let right = self.cell == cell && self.version == version && self.words.len() == WORDS;
        if right && self.words.iter().all(|is| *is == word) {
            Ok(())
        } else {
            Err(self.describe(cell, version))
        }
    }

    #[cold]
    fn describe(&self, cell: u64, version: u64) -> String {
        let words: Vec<_> = self.words.iter().take(WORDS).collect();
        let kind = if words.contains(&&DROPPED) {
            "freed"
        } else if words.iter().any(|word| *word >> CELL != cell) {
            "foreign"
        } else if words.windows(2).any(|pair| pair[0] != pair[1]) {
            "torn"
        } else {
            "wrong"
        };
        format!(
            "{kind} data: version {version} of cell {cell} is version {} of cell {}, with the words {words:x?}",
            self.version, self.cell
        )
    }
}

impl AsRef<Self> for Payload {
    fn as_ref(&self) -> &Self {
        self
    }
}

impl AsMut<Self> for Payload {
    fn as_mut(&mut self) -> &mut Self {
        self
    }
}

impl Clone for Payload {
    fn clone(&self) -> Self {
        MADE.fetch_add((!self.words.is_empty()).into(), Ordering::Relaxed);
        Self { cell: self.cell, version: self.version, words: self.words.clone() }
    }
}

impl Drop for Payload {
    fn drop(&mut self) {
        GONE.fetch_add((!self.words.is_empty()).into(), Ordering::Relaxed);
        self.words.fill(DROPPED);
        // Without this the compiler knows that nobody can look.
        black_box(&mut self.words);
    }
}
