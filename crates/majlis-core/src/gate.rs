//! What stands between a peer's Automerge changes and the document.
