//! Files of pictures below the folder of the configuration; nothing outside of it is ever read or written.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Component, Path, PathBuf};

use super::literal::hex;
use crate::contact::{Picture, PictureFormat};

/// How the files begin that we write.
const OURS: &str = "ecs-";

/// How many hexadecimal digits follow: random ones and those of the fingerprint.
const DIGITS: (usize, usize) = (32, 16);

/// Reads a file.
///
/// # Errors
/// Why it cannot be read, as the end of a sentence about the path.
pub(super) fn read(dir: &Path, path: &str, limit: u64) -> Result<Vec<u8>, String> {
    let place = inside(dir, path)?;
    let failed = |error: io::Error| format!("names a file that cannot be read ({})", error.kind());
    let about = fs::metadata(&place).map_err(failed)?;
    if !about.is_file() {
        return Err("names something that is no file".to_owned());
    }
    let mut bytes = Vec::new();
    // One byte more tells that there is more than is allowed.
    let file = File::open(&place).map_err(failed)?;
    file.take(limit.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    Ok(bytes)
}

/// The place of a path, which has to lie in the folder, also when links are followed.
fn inside(dir: &Path, path: &str) -> Result<PathBuf, String> {
    let outside = || "names a place outside of contacts.photo_dir".to_owned();
    let relative = Path::new(path);
    let plain = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
    if path.contains('\0') || !relative.components().all(plain) {
        return Err(outside());
    }
    let place = dir
        .join(relative)
        .canonicalize()
        .map_err(|error| format!("names a file that cannot be read ({})", error.kind()))?;
    if place.starts_with(dir) {
        Ok(place)
    } else {
        Err(outside())
    }
}

/// A name that no other file has.
///
/// # Errors
/// When the system gives no random numbers.
fn fresh_name(picture: &Picture, format: PictureFormat) -> Result<String, String> {
    let mut random = [0_u8; DIGITS.0 / 2];
    getrandom::fill(&mut random)
        .map_err(|error| format!("the system gives no random numbers: {error}"))?;
    let print: String = picture.print().to_string();
    Ok(format!(
        "{OURS}{}-{}.{}",
        hex(&random).to_lowercase(),
        print.get(..DIGITS.1).unwrap_or_default(),
        format.extension()
    ))
}

/// Writes a picture into a file of its own and gives its name. When this returns, the file is complete and will be there after
/// a power cut, so that a row may refer to it.
///
/// # Errors
/// Why it cannot be written.
pub(super) fn write(dir: &Path, picture: &Picture) -> Result<String, String> {
    let bytes = picture
        .bytes()
        .ok_or_else(|| "its bytes are not at hand".to_owned())?;
    let format = PictureFormat::of(bytes).unwrap_or(PictureFormat::Jpeg);
    let name = fresh_name(picture, format)?;
    let part = dir.join(format!(".{name}.part"));
    let written = complete(&part, bytes)
        .and_then(|()| fs::rename(&part, dir.join(&name)))
        .and_then(|()| File::open(dir)?.sync_all());
    match written {
        Ok(()) => Ok(name),
        Err(error) => {
            // What is left of it is of no use to anybody.
            let _ = fs::remove_file(&part);
            Err(format!("a file in contacts.photo_dir: {error}"))
        }
    }
}

fn complete(place: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(place)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Whether a path is that of a file that we wrote. All others belong to the app.
#[must_use]
pub(super) fn is_ours(path: &str) -> bool {
    let is_hex = |text: &str, digits: usize| {
        text.len() == digits
            && text
                .bytes()
                .all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
    };
    let parts = path
        .strip_prefix(OURS)
        .and_then(|rest| rest.split_once('-'))
        .and_then(|(random, rest)| Some((random, rest.split_once('.')?)));
    parts.is_some_and(|(random, (print, extension))| {
        is_hex(random, DIGITS.0)
            && is_hex(print, DIGITS.1)
            && matches!(extension, "jpg" | "png" | "gif")
    })
}

/// Removes a file that we wrote; one that stays does no harm.
pub(super) fn remove(dir: &Path, name: &str) {
    if is_ours(name) {
        let _ = fs::remove_file(dir.join(name));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contact::Fingerprint;

    fn folder(name: &str) -> PathBuf {
        let dir = std::env::temp_dir().join(format!("ecs-photos-{name}-{}", std::process::id()));
        fs::create_dir_all(dir.join("photos/below")).unwrap();
        dir.canonicalize().unwrap()
    }

    /// P8: nothing outside of the folder is read, whatever way leads there.
    #[test]
    fn no_path_leads_out_of_the_folder() {
        let root = folder("inside");
        let dir = root.join("photos");
        fs::write(root.join("secret.gif"), b"GIF89a").unwrap();
        fs::write(dir.join("below/a.gif"), b"GIF89a").unwrap();
        std::os::unix::fs::symlink(root.join("secret.gif"), dir.join("link.gif")).ok();
        std::os::unix::fs::symlink(&root, dir.join("up")).ok();
        assert_eq!(read(&dir, "below/a.gif", 10), Ok(b"GIF89a".to_vec()));
        assert_eq!(read(&dir, "./below/a.gif", 2).map(|read| read.len()), Ok(3));
        for path in [
            "../secret.gif",
            "below/../../secret.gif",
            "link.gif",
            "up/secret.gif",
            "/etc/hostname",
            "a\0b",
        ] {
            let reason = read(&dir, path, 10).unwrap_err();
            assert!(reason.contains("outside of"), "{path}: {reason}");
        }
        for path in ["nobody.gif", "below"] {
            assert!(read(&dir, path, 10).is_err(), "{path}");
        }
        fs::remove_dir_all(root).unwrap();
    }

    /// P8: files are known as ours by their names, and no other is ever removed.
    #[test]
    fn a_written_file_is_complete_and_known_as_ours() {
        let root = folder("write");
        let dir = root.join("photos");
        let picture = Picture::with(Fingerprint([0xAB; 32]), b"GIF89a"[..].into());
        let name = write(&dir, &picture).unwrap();
        assert!(is_ours(&name) && name.ends_with("-abababababababab.gif"));
        assert_ne!(write(&dir, &picture).unwrap(), name);
        assert_eq!(read(&dir, &name, 10), Ok(b"GIF89a".to_vec()));
        fs::write(dir.join("app.gif"), b"GIF89a").unwrap();
        for other in ["app.gif", "ecs-1-2.gif", "below/app.gif"] {
            assert!(!is_ours(other));
            remove(&dir, other);
        }
        assert!(dir.join("app.gif").exists());
        assert!(!is_ours(&format!("below/{name}")));
        remove(&dir, &name);
        assert!(!dir.join(&name).exists());
        let parts = fs::read_dir(&dir).unwrap();
        let left = parts.filter(|part| {
            let name = part.as_ref().unwrap().file_name();
            name.to_string_lossy().ends_with(".part")
        });
        assert_eq!(left.count(), 0);
        fs::remove_dir_all(root).unwrap();
    }
}
