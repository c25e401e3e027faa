//! What is said without running, held against runs.

mod theory {
    mod load;
}
