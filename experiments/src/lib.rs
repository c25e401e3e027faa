//! archsim's experiments: many replications, honest intervals, claims that check themselves, and the command line.
//!
//! What a run of `archsim run` goes through, and where:
//!
//! ```text
//! cli ── scenario ── monte_carlo ── measure ── interval, paired ── claims ── report ── folder
//!        (models)    one record     numbers    estimates           verdicts  summary   written whole,
//!                    per run        per run    over all runs                 figures   then renamed
//! ```
//!
//! | module | the one thing it knows |
//! |---|---|
//! | [`shipped`] | the experiments that come with archsim |
//! | [`monte_carlo`] | to run every arm with the same dice, on any number of threads |
//! | [`measure`] | what each measure means in one replication |
//! | [`interval`], [`paired`], [`quantile`] | what replications say together, and how surely |
//! | [`claims`] | holds, fails or undecided |
//! | [`laws`] | what must add up in every run |
//! | [`results`], [`findings`] | one scenario's runs, and all conclusions from them |
//! | [`table`], [`figures`], [`headline`], [`words`] | how conclusions are shown |
//! | [`validate`] | known answers, and whether the simulator gives them |
//! | [`exact`] | the exact answer beside the simulated one |
//! | [`theory`] | what is known without running: loads, and exact answers where there are any |
//! | [`report`], [`summary`], [`rows`], [`store`], [`folder`] | what is left behind |
//! | [`cli`] | the command line, one file per verb |
//!
//! Nothing here is added up in parallel: the same seed gives the same bytes on any number of threads.
//!
//! ```
//! use archsim_experiments::{measure, monte_carlo, shipped};
//! use archsim_models::scenario::{Measure, Subject, read};
//!
//! # let text = include_str!("cli/starter.yaml").replace("NAME", "shop");
//! let scenario = read("shop.yaml", text.as_bytes(), &[]).scenario.expect("it is valid");
//! let campaign = monte_carlo::Campaign {
//!     plans: scenario.arms.iter().map(|arm| &arm.plan).collect(),
//!     seed: 1,
//!     replications: 3,
//!     jobs: 2,
//!     keep: monte_carlo::Keep::default(),
//! };
//! let runs = monte_carlo::run(&campaign, &false.into(), || {})?;
//! let availability = measure::Quantity::new(Measure::Availability, Subject::All, "fault");
//! let (arm, runs) = (&scenario.arms[0], &runs.arms[0]);
//! let found = measure::measure(&availability, arm, &scenario.graph, runs, 0.95).estimate.expect("measured");
//! assert!(found.low <= found.value && found.value <= found.high);
//! assert!(shipped::named("cascading-failure").is_some());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod claims;
pub mod cli;
pub mod exact;
pub mod figures;
pub mod findings;
pub mod folder;
pub mod headline;
pub mod interval;
pub mod laws;
pub mod measure;
pub mod monte_carlo;
pub mod paired;
pub mod passage;
pub mod quantile;
pub mod report;
pub mod results;
pub mod rows;
pub mod shipped;
pub mod store;
pub mod summary;
pub mod table;
pub mod theory;
pub mod validate;
pub mod words;
