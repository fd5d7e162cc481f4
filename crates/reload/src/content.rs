//! [`Content`]: what a source holds at one moment, as bytes.

use crate::error::Refused;
use std::fmt;
use std::sync::Arc;

/// What a source holds at one moment: one file, or several in the order of their names.
///
/// Two contents are equal if their files have the same names and the same bytes. A clone shares the bytes.
///
/// # Examples
///
/// ```
/// use readmostly_reload::Content;
///
/// let content = Content::from_bytes("hosts.txt", "a.example\nb.example\n");
/// assert_eq!(content.text()?.lines().count(), 2);
/// # Ok::<(), readmostly_reload::Refused>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Content {
    files: Vec<File>,
}

impl Content {
    /// Makes a content of these files, in this order.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly_reload::{Content, File};
    ///
    /// let content = Content::new([File::new("10-a.conf", "a"), File::new("20-b.conf", "b")]);
    /// assert_eq!(content.files()[1].name(), "20-b.conf");
    /// ```
    pub fn new(files: impl IntoIterator<Item = File>) -> Self {
        Self { files: files.into_iter().collect() }
    }

    /// Makes a content of one file. The name is what errors call it.
    ///
    /// # Examples
    ///
    /// ```
    /// let content = readmostly_reload::Content::from_bytes("https://lists.example/hosts", vec![b'a', b'\n']);
    /// assert_eq!(content.len(), 2);
    /// ```
    pub fn from_bytes(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self::new([File::new(name, bytes)])
    }

    /// Takes over who may read the files of an equal content.
    pub(crate) fn take_access(&mut self, other: &Self) {
        for (file, other) in self.files.iter_mut().zip(&other.files) {
            file.access = other.access;
        }
    }

    /// Returns the files.
    ///
    /// # Examples
    ///
    /// ```
    /// let content = readmostly_reload::Content::from_bytes("a", "b");
    /// assert_eq!(content.files()[0].bytes(), b"b");
    /// ```
    pub fn files(&self) -> &[File] {
        &self.files
    }

    /// Returns the text of the only file, without a byte order mark.
    ///
    /// # Errors
    ///
    /// [`Refused`] if the text is not UTF-8, with the line and the byte; and if there is not exactly one file, as there need not be
    /// with a folder: go over [`files`](Self::files) there.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly_reload::Content;
    ///
    /// let bad = Content::from_bytes("hosts.txt", b"a.example\nb\xff.example\n");
    /// assert_eq!(bad.text().unwrap_err().to_string(), "hosts.txt:2:2: not UTF-8, at byte 11 of the file");
    /// ```
    ///
    /// Computes in **O(n)** time, n being the number of bytes.
    pub fn text(&self) -> Result<&str, Refused> {
        match &self.files[..] {
            [file] => file.text(),
            files => {
                Err(Refused::new(format!("there are {} files, not one: go over `files()`", files.len())))
            }
        }
    }

    /// Returns the lines of all files, each with its file and its number, for errors that say where they are.
    ///
    /// # Errors
    ///
    /// [`Refused`] if a file is not UTF-8.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly_reload::{Content, Refused};
    ///
    /// fn ports(content: &Content) -> Result<Vec<u16>, Refused> {
    ///     let port = |line: readmostly_reload::Line<'_>| line.text().parse().map_err(|_| line.refuse("not a port"));
    ///     content.lines()?.map(port).collect()
    /// }
    ///
    /// assert_eq!(ports(&Content::from_bytes("ports", "80\n443\n")).unwrap(), [80, 443]);
    /// let refused = ports(&Content::from_bytes("ports", "80\nhttps\n")).unwrap_err();
    /// assert_eq!(refused.to_string(), "ports:2: not a port");
    /// ```
    ///
    /// Computes in **O(n)** time, n being the number of bytes.
    pub fn lines(&self) -> Result<impl Iterator<Item = Line<'_>>, Refused> {
        let texts = self.files.iter().map(|file| Ok((file, file.text()?)));
        let texts = texts.collect::<Result<Vec<_>, Refused>>()?;
        Ok(texts.into_iter().flat_map(|(file, text)| {
            text.lines().zip(1..).map(move |(text, number)| Line { file, number, text })
        }))
    }

    /// Returns the number of bytes in all files.
    pub fn len(&self) -> u64 {
        self.files.iter().map(|file| file.bytes.len() as u64).sum()
    }

    /// Returns `true` if there is no byte.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the fingerprint, for people and for comparing machines.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly_reload::Content;
    ///
    /// let [a, b] = ["/etc/a", "/srv/b"].map(|path| Content::from_bytes(path, "same").fingerprint());
    /// assert_eq!(a, b); // of one file the name does not count
    /// ```
    ///
    /// Computes in **O(n)** time, n being the number of bytes.
    pub fn fingerprint(&self) -> Fingerprint {
        let mut hash = Fnv::new();
        match &self.files[..] {
            [file] => hash.add(&file.bytes),
            files => {
                for file in files {
                    for part in [file.name.as_bytes(), &file.bytes] {
                        hash.add(&(part.len() as u64).to_le_bytes());
                        hash.add(part);
                    }
                }
            }
        }
        Fingerprint(hash.0)
    }
}

impl fmt::Debug for Content {
    /// Shows names and lengths. The bytes may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.files).finish()
    }
}

/// One file of a [`Content`].
///
/// # Examples
///
/// ```
/// let file = readmostly_reload::File::new("a.conf", "x = 1\n");
/// assert_eq!((file.name(), file.text()), ("a.conf", Ok("x = 1\n")));
/// ```
#[derive(Clone)]
pub struct File {
    name: String,
    /// Not copied once more: they may be many.
    bytes: Arc<Vec<u8>>,
    access: Option<Access>,
}

/// Who may read a file, and so a copy of it. There is none on other systems than Unix.
#[cfg_attr(not(unix), allow(dead_code, reason = "there is none there"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Access {
    /// The permissions, without those that are no permissions to read, write or execute.
    pub(crate) mode: u32,
    /// The group that those for the group are for.
    pub(crate) group: u32,
}

impl File {
    /// Makes a file. The name is what errors call it.
    pub fn new(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self { name: name.into(), bytes: Arc::new(bytes.into()), access: None }
    }

    /// With what is known of who may read it.
    pub(crate) fn with_access(self, access: Option<Access>) -> Self {
        Self { access, ..self }
    }

    /// Who may read it, where that is known.
    pub(crate) fn access(&self) -> Option<Access> {
        self.access
    }

    /// Returns the name: the path of a file that is followed, the name alone of one in a folder. One that is not UTF-8 is shown with
    /// escapes, as `./a\\xff`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the text, without a byte order mark.
    ///
    /// # Errors
    ///
    /// [`Refused`] if the text is not UTF-8, with the line and the byte.
    ///
    /// Computes in **O(n)** time, n being the number of bytes.
    pub fn text(&self) -> Result<&str, Refused> {
        match std::str::from_utf8(&self.bytes) {
            Ok(text) => Ok(text.strip_prefix('\u{feff}').unwrap_or(text)),
            Err(error) => {
                let before = &self.bytes[..error.valid_up_to()];
                #[expect(clippy::naive_bytecount, reason = "once, for an error")]
                let line = 1 + before.iter().filter(|byte| **byte == b'\n').count() as u64;
                let column =
                    before.len() - before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
                let reason = format!("not UTF-8, at byte {} of the file", before.len());
                Err(Refused::new(reason).in_file(&self.name).at(line, 1 + column as u64))
            }
        }
    }
}

impl PartialEq for File {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && (Arc::ptr_eq(&self.bytes, &other.bytes) || self.bytes == other.bytes)
    }
}

impl Eq for File {}

impl fmt::Debug for File {
    /// Shows the name and the length. The bytes may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("File")
            .field("name", &self.name)
            .field("len", &self.bytes.len())
            .finish_non_exhaustive()
    }
}

/// A line of a [`Content`], which knows where it is.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    file: &'a File,
    number: u64,
    text: &'a str,
}

impl<'a> Line<'a> {
    /// Returns the text, without the end of the line.
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// Returns the number of the line, from 1.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Returns the file that the line is in.
    pub fn file(&self) -> &'a File {
        self.file
    }

    /// Makes the error that refuses the content for this line.
    pub fn refuse(&self, reason: impl Into<String>) -> Refused {
        Refused::new(reason).in_file(&self.file.name).at_line(self.number)
    }
}

/// A hash of a [`Content`], 128 bits of FNV-1a.
///
/// It is for people, and for comparing what two machines have. Nobody relies on it to tell two contents apart: what has changed
/// is decided by the bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint(u128);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// FNV-1a, as its authors give it for 128 bits.
struct Fnv(u128);

impl Fnv {
    fn new() -> Self {
        Self(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d)
    }

    fn add(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u128::from(*byte)).wrapping_mul(0x0100_0000_0000_0000_0000_013b);
        }
    }
}
