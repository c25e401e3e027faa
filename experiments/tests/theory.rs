//! What is said without running, held against what is known, and against runs.

mod theory {
    mod cases;
    mod load;
    mod random;
    mod strict;
}
