//! Compression of a frame.

use crate::error::{Error, ErrorKind, Result};

/// How files are compressed. What is there already is read with any of them.
///
/// The default is LZ4 with the feature `lz4`, which is on unless it is turned off, and no compression without it.
///
/// # Examples
///
/// ```
/// use readmostly_persist::{Compression, Options};
///
/// let options = Options::new().compression(Compression::None);
/// # let _ = options;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Compression {
    /// Not at all.
    None,
    /// LZ4: fast. With the feature `lz4`.
    #[cfg(feature = "lz4")]
    Lz4,
    /// Zstandard of a level from 1 (fast) to 22 (small). With the feature `zstd`.
    #[cfg(feature = "zstd")]
    Zstd(i32),
}

impl Default for Compression {
    fn default() -> Self {
        #[cfg(feature = "lz4")]
        return Self::Lz4;
        #[cfg(not(feature = "lz4"))]
        return Self::None;
    }
}

pub(crate) const NONE: u8 = 0;
pub(crate) const LZ4: u8 = 1;
pub(crate) const ZSTD: u8 = 2;

impl Compression {
    /// The byte in the header.
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::None => NONE,
            #[cfg(feature = "lz4")]
            Self::Lz4 => LZ4,
            #[cfg(feature = "zstd")]
            Self::Zstd(_) => ZSTD,
        }
    }

    /// Compresses `raw` to the end of `into`, or appends it as it is where that makes nothing smaller.
    #[cfg_attr(not(feature = "zstd"), expect(clippy::unnecessary_wraps, reason = "zstd may fail"))]
    pub(crate) fn compress(self, raw: &[u8], into: &mut Vec<u8>) -> Result<()> {
        let begin = into.len();
        match self {
            Self::None => {}
            #[cfg(feature = "lz4")]
            Self::Lz4 => {
                into.resize(begin + lz4_flex::block::get_maximum_output_size(raw.len()), 0);
                // The room is always enough.
                let length = lz4_flex::block::compress_into(raw, &mut into[begin..]).unwrap_or(raw.len());
                into.truncate(begin + length);
            }
            #[cfg(feature = "zstd")]
            Self::Zstd(level) => {
                let compressed = zstd::bulk::compress(raw, level)
                    .map_err(|error| Error::io("zstd cannot compress", error))?;
                into.extend_from_slice(&compressed);
            }
        }
        if into.len() == begin || into.len() - begin >= raw.len() {
            into.truncate(begin);
            into.extend_from_slice(raw);
        }
        Ok(())
    }
}

/// Says whether frames of that codec can be read.
pub(crate) fn check(codec: u8) -> Result<()> {
    let missing = |name: &str| {
        let what = format!("the file is compressed by {name}; build the program with the feature `{name}`");
        Err(Error::new(ErrorKind::NotBuiltIn, what))
    };
    match codec {
        NONE => Ok(()),
        LZ4 if cfg!(feature = "lz4") => Ok(()),
        LZ4 => missing("lz4"),
        ZSTD if cfg!(feature = "zstd") => Ok(()),
        ZSTD => missing("zstd"),
        _ => Err(Error::new(
            ErrorKind::Unknown,
            format!("the file has the codec {codec}; take a newer version"),
        )),
    }
}

/// Puts `length` bytes into `into`, which is empty: what `stored` is of.
pub(crate) fn decompress(codec: u8, stored: &[u8], length: usize, into: &mut Vec<u8>) -> Result<()> {
    if stored.len() == length {
        into.extend_from_slice(stored);
        return Ok(());
    }
    let wrong =
        || Error::new(ErrorKind::Damaged, "a frame cannot be decompressed; restore the file from a copy");
    match codec {
        #[cfg(feature = "lz4")]
        LZ4 => {
            into.resize(length, 0);
            match lz4_flex::block::decompress_into(stored, into) {
                Ok(whole) if whole == length => Ok(()),
                _ => Err(wrong()),
            }
        }
        #[cfg(feature = "zstd")]
        ZSTD => {
            into.resize(length, 0);
            match zstd::bulk::decompress_to_buffer(stored, &mut into[..]) {
                Ok(whole) if whole == length => Ok(()),
                _ => Err(wrong()),
            }
        }
        _ => Err(wrong()),
    }
}

/// The name of a codec.
pub(crate) fn codec_name(codec: u8) -> String {
    match codec {
        NONE => "none".to_owned(),
        LZ4 => "lz4".to_owned(),
        ZSTD => "zstd".to_owned(),
        codec => codec.to_string(),
    }
}
