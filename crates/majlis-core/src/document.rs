//! Documents: what several people edit together.
