//! Transport against analytic solutions.
