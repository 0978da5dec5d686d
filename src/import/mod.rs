//! How a foreign format becomes a twin document, and how a document goes back.
//!
//! Each format has a folder of its own. This floor uses `twin/` and `quantity/`
//! only: it writes names of kinds and their parameters and knows nothing of the
//! models behind them. The checks of the twin, with the kinds at hand, come
//! after it.

pub mod epanet;
