//! Counting under every order.
