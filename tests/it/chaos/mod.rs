//! The proof by breaking: engines that die between any two of their inputs and outputs, and stories of random faults.
//!
//! An engine runs on a runtime of its own over a store and a sandbox that outlive it, as a database and Meta would. Its
//! store and its way to Graph stand behind one [`gate::Gate`], which counts what passes and lets the engine die there.

mod caller;
pub mod gate;
mod happen;
mod lane;
mod life;
pub mod mortal;
mod moves;
mod points;
mod scenarios;
mod stories;
mod verdict;
