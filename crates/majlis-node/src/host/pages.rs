//! The files of the built interface: found by a plain path, with the right type, never outside
//! their folder. Not here: listing a folder, which does not exist.

use std::borrow::Cow;
use std::io;
use std::path::{Component, Path, PathBuf};

use axum::http::{HeaderMap, HeaderValue, header};

use super::Built;

/// Where the interface is.
pub(super) enum Pages {
    Folder(PathBuf),
    Carried(Built),
    None,
}

impl Pages {
    /// What a folder holds, or else what the program carries.
    pub(super) fn of(folder: Option<&Path>, built: Option<Built>) -> io::Result<Self> {
        let Some(folder) = folder else {
            return Ok(built.map_or(Self::None, Self::Carried));
        };
        if !folder.join("index.html").is_file() {
            let what = format!(
                "there is no built interface in {}: no index.html",
                folder.display()
            );
            return Err(io::Error::new(io::ErrorKind::NotFound, what));
        }
        Ok(Self::Folder(folder.canonicalize()?))
    }

    /// The file for a request path; `/` is the interface itself.
    pub(super) async fn find(&self, path: &str) -> Option<Page> {
        match self {
            Self::Folder(folder) => find(folder, path).await,
            Self::Carried(built) => {
                let relative = relative(path)?;
                let bytes = Cow::Borrowed(built(relative.to_str()?)?);
                Some(page(&relative, kind(&relative)?, bytes))
            }
            Self::None => None,
        }
    }
}

/// A file of the interface.
pub(super) struct Page {
    pub(super) bytes: Cow<'static, [u8]>,
    pub(super) kind: &'static str,
    pub(super) caching: &'static str,
}

async fn find(folder: &Path, path: &str) -> Option<Page> {
    let relative = relative(path)?;
    let kind = kind(&relative)?;
    // Symbolic links are resolved before the comparison, so none leads outside.
    let file = tokio::fs::canonicalize(folder.join(&relative)).await.ok()?;
    if !file.starts_with(folder) || !tokio::fs::metadata(&file).await.ok()?.is_file() {
        return None;
    }
    let bytes = tokio::fs::read(&file).await.ok()?;
    Some(page(&relative, kind, bytes.into()))
}

fn page(relative: &Path, kind: &'static str, bytes: Cow<'static, [u8]>) -> Page {
    let hashed = relative.starts_with("assets");
    let caching = if hashed {
        "max-age=31536000, immutable"
    } else {
        "no-store"
    };
    Page {
        bytes,
        kind,
        caching,
    }
}

/// A request path as a relative file path of plain names; `None` for anything odd. Percent signs
/// are odd: no file of the interface needs one.
fn relative(path: &str) -> Option<PathBuf> {
    let path = path.strip_prefix('/')?;
    if path.is_empty() {
        return Some(PathBuf::from("index.html"));
    }
    if path.contains(['%', '\\', ':', '\0']) {
        return None;
    }
    let path = PathBuf::from(path);
    let plain = path.components().all(|part| match part {
        Component::Normal(name) => !name.to_string_lossy().starts_with('.'),
        _ => false,
    });
    plain.then_some(path)
}

fn kind(path: &Path) -> Option<&'static str> {
    Some(match path.extension()?.to_str()? {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "webmanifest" | "map" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "woff" => "font/woff",
        "ttf" => "font/ttf",
        "txt" => "text/plain; charset=utf-8",
        "wasm" => "application/wasm",
        "mp3" => "audio/mpeg",
        "ogg" => "audio/ogg",
        _ => return None,
    })
}

/// What every answer carries: only our own code runs, nobody frames us, nobody guesses types.
pub(super) fn protect(headers: &mut HeaderMap, port: u16) {
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; \
         img-src 'self' data: blob:; font-src 'self'; media-src 'self' blob:; manifest-src 'self'; \
         connect-src 'self' ws://127.0.0.1:{port} ws://localhost:{port}; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (
            header::HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
        (
            header::HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_plain_files_inside_the_folder_are_found() {
        let outer = tempfile::tempdir().unwrap();
        std::fs::write(outer.path().join("secret.txt"), "secret").unwrap();
        let folder = outer.path().join("ui");
        std::fs::create_dir_all(folder.join("assets")).unwrap();
        std::fs::write(folder.join("index.html"), "<!doctype html>").unwrap();
        std::fs::write(folder.join("assets/app.js"), "1").unwrap();
        std::fs::write(folder.join(".hidden.txt"), "hidden").unwrap();
        let folder = folder.canonicalize().unwrap();
        assert!(
            find(&folder, "/")
                .await
                .unwrap()
                .kind
                .starts_with("text/html")
        );
        let script = find(&folder, "/assets/app.js").await.unwrap();
        assert!(script.kind.starts_with("text/javascript"));
        assert!(script.caching.contains("immutable"));
        for path in [
            "/../secret.txt",
            "/assets/../../secret.txt",
            "/%2e%2e/secret.txt",
            "/..%2fsecret.txt",
            "//etc/hosts",
            "/assets",
            "/assets/",
            "/.hidden.txt",
            "/missing.js",
            "/..\\secret.txt",
            "secret.txt",
        ] {
            assert!(find(&folder, path).await.is_none(), "{path}");
        }
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_link_out_of_the_folder_leads_nowhere() {
        let outer = tempfile::tempdir().unwrap();
        std::fs::write(outer.path().join("secret.txt"), "secret").unwrap();
        let folder = outer.path().join("ui");
        std::fs::create_dir(&folder).unwrap();
        std::os::unix::fs::symlink(outer.path().join("secret.txt"), folder.join("link.txt"))
            .unwrap();
        assert!(
            find(&folder.canonicalize().unwrap(), "/link.txt")
                .await
                .is_none()
        );
    }
}
