//! Encryption of a frame.

use super::header::{HEADER, Header, random};
use crate::error::{Error, ErrorKind, Result};
use std::fmt;

pub(crate) const NONE: u8 = 0;
pub(crate) const XCHACHA: u8 = 1;
/// How many bytes encryption adds to a frame.
pub(crate) const TAG: usize = 16;

#[cfg(feature = "encryption")]
mod key {
    use crate::error::Result;
    use std::fmt;
    use std::sync::Arc;
    use zeroize::Zeroizing;

    /// A key of 32 bytes: the bytes, or a closure that gives them.
    ///
    /// Neither `Debug` nor an error shows them, and they are overwritten when they are no longer needed. (What a move has left on a stack is not.) A
    /// passphrase is no key: make one of it by Argon2 or scrypt.
    ///
    /// With the feature `encryption`.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly_persist::{Key, Options};
    ///
    /// let options = Options::new().key(Key::new([7; 32]));
    /// assert!(format!("{options:?}").contains("Key(..)"));
    /// ```
    #[derive(Clone)]
    pub struct Key(Secret);

    #[derive(Clone)]
    enum Secret {
        Bytes(Arc<Zeroizing<[u8; 32]>>),
        Asked(Arc<dyn Fn() -> std::io::Result<[u8; 32]> + Send + Sync>),
    }

    impl Key {
        /// Makes a key of bytes.
        ///
        /// # Examples
        ///
        /// See [`Key`].
        pub fn new(bytes: [u8; 32]) -> Self {
            Self(Secret::Bytes(Arc::new(Zeroizing::new(bytes))))
        }

        /// Makes a key that is asked for at each file, and never kept: from a secret store, say.
        ///
        /// # Examples
        ///
        /// ```
        /// use readmostly_persist::Key;
        ///
        /// let key = Key::ask(|| Ok([7; 32]));
        /// # let _ = key;
        /// ```
        pub fn ask(ask: impl Fn() -> std::io::Result<[u8; 32]> + Send + Sync + 'static) -> Self {
            Self(Secret::Asked(Arc::new(ask)))
        }

        /// What keeps the bytes, which must be overwritten when it is dropped.
        #[cfg(test)]
        pub(in crate::format) fn kept(&self) -> Option<&(impl zeroize::ZeroizeOnDrop + AsRef<[u8]>)> {
            match &self.0 {
                Secret::Bytes(bytes) => Some(&**bytes),
                Secret::Asked(_) => None,
            }
        }

        pub(super) fn with<R>(&self, f: impl FnOnce(&[u8; 32]) -> R) -> Result<R> {
            match &self.0 {
                Secret::Bytes(bytes) => Ok(f(bytes)),
                Secret::Asked(ask) => {
                    let bytes = ask().map_err(|error| crate::Error::io("the closure gives no key", error))?;
                    Ok(f(&Zeroizing::new(bytes)))
                }
            }
        }
    }

    impl fmt::Debug for Key {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("Key(..)")
        }
    }
}
#[cfg(feature = "encryption")]
pub use key::Key;

/// Whether files are encrypted, and with what.
#[derive(Clone, Debug, Default)]
pub(crate) enum Sealing {
    #[default]
    Open,
    #[cfg(feature = "encryption")]
    Sealed(Key),
}

impl Sealing {
    /// The byte in the header.
    pub(crate) fn number(&self) -> u8 {
        match self {
            Self::Open => NONE,
            #[cfg(feature = "encryption")]
            Self::Sealed(_) => XCHACHA,
        }
    }

    /// The nonce of a new file. Two files with one nonce would give away both.
    pub(crate) fn nonce(&self) -> Result<[u8; 24]> {
        let mut nonce = [0; 24];
        if self.number() != NONE {
            nonce[..19].copy_from_slice(&random::<19>()?);
        }
        Ok(nonce)
    }

    /// The cipher of a file. The header must fit to the key.
    pub(crate) fn cipher(&self, header: &Header) -> Result<Cipher> {
        let error = |kind, what: &str| Err(Error::new(kind, what));
        match (self, header.cipher) {
            (Self::Open, NONE) => Ok(Cipher { header: header.encode(), seal: None }),
            #[cfg(feature = "encryption")]
            (Self::Sealed(key), XCHACHA) => Cipher::sealed(key, header),
            #[cfg(feature = "encryption")]
            (Self::Sealed(_), NONE) => error(
                ErrorKind::NotEncrypted,
                "the file is not encrypted, and anybody may have written it; open the store without a key",
            ),
            (_, XCHACHA) if cfg!(feature = "encryption") => {
                error(ErrorKind::NoKey, "the file is encrypted; open the store with its key")
            }
            (_, XCHACHA) => error(
                ErrorKind::NotBuiltIn,
                "the file is encrypted; build the program with the feature `encryption`",
            ),
            (_, cipher) => {
                error(ErrorKind::Unknown, &format!("the file has the cipher {cipher}; take a newer version"))
            }
        }
    }
}

/// The cipher of one file, which encrypts or decrypts its frames in their order.
pub(crate) struct Cipher {
    #[cfg_attr(not(feature = "encryption"), expect(dead_code, reason = "it is bound to what is encrypted"))]
    header: [u8; HEADER],
    #[cfg(feature = "encryption")]
    seal: Option<Seal>,
    #[cfg(not(feature = "encryption"))]
    seal: Option<std::convert::Infallible>,
}

impl fmt::Debug for Cipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cipher").field("seals", &self.seal.is_some()).finish_non_exhaustive()
    }
}

impl Cipher {
    /// How many bytes a frame is larger than what is in it.
    pub(crate) fn tag(&self) -> usize {
        if self.seal.is_some() { TAG } else { 0 }
    }
}

#[cfg(not(feature = "encryption"))]
#[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "as it is with the feature")]
impl Cipher {
    pub(crate) fn seal(&mut self, _: &[u8; 16], _: bool, _: &mut Vec<u8>, _: usize) -> Result<()> {
        Ok(())
    }

    pub(crate) fn open(&mut self, _: &[u8; 16], _: bool, _: &mut Vec<u8>) -> Result<()> {
        Ok(())
    }
}

#[cfg(feature = "encryption")]
use sealed::Seal;
#[cfg(feature = "encryption")]
mod sealed {
    use super::{Cipher, Key};
    use crate::error::{Error, ErrorKind, Result};
    use crate::format::Header;
    use aead_stream::{NewStream, StreamBE32, StreamPrimitive};
    use chacha20poly1305::{KeyInit, XChaCha20Poly1305};

    pub(crate) struct Seal {
        stream: StreamBE32<XChaCha20Poly1305>,
        /// The number of the next frame.
        next: u32,
    }

    impl Cipher {
        pub(super) fn sealed(key: &Key, header: &Header) -> Result<Self> {
            let nonce: [u8; 19] = std::array::from_fn(|at| header.nonce[at]);
            let stream =
                key.with(|key| StreamBE32::from_aead(XChaCha20Poly1305::new(key.into()), &nonce.into()))?;
            Ok(Self { header: header.encode(), seal: Some(Seal { stream, next: 0 }) })
        }

        /// What a frame is bound to: the header of the file, and its own.
        fn bound(&self, frame: &[u8; 16]) -> Vec<u8> {
            [&self.header[..], frame].concat()
        }

        /// Takes the number of the next frame.
        fn turn(&mut self) -> Result<Option<(&Seal, u32)>> {
            let Some(seal) = &mut self.seal else { return Ok(None) };
            let turn = seal.next;
            seal.next = turn.checked_add(1).ok_or_else(|| {
                Error::new(ErrorKind::TooLarge, "an encrypted file has at most 2^32 frames")
            })?;
            Ok(Some((seal, turn)))
        }

        /// Encrypts what `bytes` has from `begin` on, and puts the tag behind it.
        pub(crate) fn seal(
            &mut self,
            frame: &[u8; 16],
            last: bool,
            bytes: &mut Vec<u8>,
            begin: usize,
        ) -> Result<()> {
            let bound = self.bound(frame);
            let Some((seal, turn)) = self.turn()? else { return Ok(()) };
            let mut plain = bytes.split_off(begin);
            seal.stream
                .encrypt_in_place(turn, last, &bound, &mut plain)
                .map_err(|_| Error::new(ErrorKind::Encode, "a frame cannot be encrypted"))?;
            bytes.append(&mut plain);
            Ok(())
        }

        /// Decrypts `bytes`, and takes the tag away.
        pub(crate) fn open(&mut self, frame: &[u8; 16], last: bool, bytes: &mut Vec<u8>) -> Result<()> {
            let bound = self.bound(frame);
            let Some((seal, turn)) = self.turn()? else { return Ok(()) };
            seal.stream.decrypt_in_place(turn, last, &bound, bytes).map_err(|_| {
                let what = "the file is encrypted with another key, or somebody without the key has changed it; look at the key";
                Error::new(ErrorKind::WrongKey, what)
            })
        }
    }
}
