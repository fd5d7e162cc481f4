//! [`Secret`]: the token, which nothing shows.

use std::convert::Infallible;
use std::fmt;
use std::hint;
use std::sync::Arc;

/// The shortest token that is taken.
const SHORTEST: usize = 8;

/// A token. No `Debug`, no error and no help shows it.
#[derive(Clone)]
pub struct Secret(Arc<str>);

impl Secret {
    /// Takes any text, since an error of the parser of options shows what it refuses. See [`check`](Self::check).
    pub fn read(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.into()))
    }

    /// Refuses what is no good token, and does not say what it is. An empty variable is a mistake, and not a token that everybody knows.
    pub fn check(&self) -> Result<(), &'static str> {
        let is_plain = self.0.bytes().all(|byte| byte.is_ascii_graphic());
        if self.0.len() < SHORTEST || !is_plain {
            return Err(
                "a token has 8 or more characters, of ASCII and without a space: see --token and GATEKEEPER_TOKEN",
            );
        }
        Ok(())
    }

    /// Compares in a time that tells nothing of where the two differ.
    pub fn is(&self, given: &str) -> bool {
        let (given, wanted) = (given.as_bytes(), self.0.as_bytes());
        let differing = given.iter().zip(wanted).fold(0, |all, (a, b)| hint::black_box(all | (a ^ b)));
        given.len() == wanted.len() && differing == 0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}
