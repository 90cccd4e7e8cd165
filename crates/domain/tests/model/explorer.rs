//! A breadth-first explorer of finite models.
//!
//! It visits every state that can be reached, keeps whole states (no hash stands for one, so none
//! is missed by a collision), and reports the shortest way to a violation. Then it goes backwards
//! from the ends, and reports a state from which no expected step leads to one.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;
use std::hash::{BuildHasherDefault, Hash, Hasher};

/// A model: its states, and the steps between them.
pub trait Model {
    type State: Copy + Eq + Hash;
    type Step: Copy + Debug;
    type Property: Copy + Eq + Debug;

    fn initial(&mut self) -> Self::State;

    /// Adds every step that is possible in this state, with the state that it leads to.
    fn steps(&mut self, state: &Self::State, steps: &mut Vec<(Self::Step, Self::State)>);

    /// The watched properties that do not hold in this state.
    fn violated(&self, state: &Self::State) -> Option<Self::Property>;

    /// The name of the end, if nothing is left to do in this state.
    fn end(&self, state: &Self::State) -> Option<&'static str>;

    /// Whether the step needs no misfortune: only with these an end must be reachable.
    fn is_expected(step: Self::Step) -> bool;

    /// The property that an end can be reached.
    fn can_end() -> Self::Property;

    /// One line about this state, for a trace.
    fn describe(&self, state: &Self::State) -> String;
}

/// What an exploration found.
#[derive(Debug)]
pub struct Explored<P> {
    /// Number of different states.
    pub states: usize,
    /// Number of steps between them.
    pub steps: usize,
    /// Number of states at each end.
    pub ends: BTreeMap<&'static str, usize>,
    /// Number of steps of the longest of all shortest ways.
    pub depth: u32,
    /// The first violation.
    pub violation: Option<Violation<P>>,
}

/// A property that does not hold, and how to get there.
#[derive(Debug)]
pub struct Violation<P> {
    pub property: P,
    /// A line for each step.
    pub trace: Vec<String>,
}

/// Explores the model until it is exhausted, or a property is violated.
pub fn explore<M: Model>(model: &mut M) -> Explored<M::Property> {
    let mut graph = Graph::<M>::new(model.initial());
    let mut steps = Vec::new();
    let mut number_of_steps = 0;
    let mut from = 0;
    while let Some(state) = graph.states.get(from).copied() {
        if let Some(property) = model.violated(&state) {
            return graph.report(model, number_of_steps, Some((property, from)));
        }
        model.steps(&state, &mut steps);
        number_of_steps += steps.len();
        for (step, to) in steps.drain(..) {
            let to = graph.add(to, from);
            if M::is_expected(step) {
                graph.expected.push(to);
            }
        }
        graph.expected_until.push(graph.expected.len());
        from += 1;
    }
    let stuck = graph.stuck(model).map(|at| (M::can_end(), at));
    graph.report(model, number_of_steps, stuck)
}

/// The states that were found, in the order of their depth.
struct Graph<M: Model> {
    states: Vec<M::State>,
    /// The state from which each was found first.
    parents: Vec<u32>,
    /// Positions in `states`, by hash. If two states share a hash, the second has the next one.
    positions: HashMap<u64, u32, BuildHasherDefault<Unhashed>>,
    /// The states that expected steps lead to: those of the first state, then those of the second …
    expected: Vec<u32>,
    /// Where the steps of each state end in `expected`.
    expected_until: Vec<usize>,
}

impl<M: Model> Graph<M> {
    fn new(initial: M::State) -> Self {
        let mut graph = Self {
            states: Vec::new(),
            parents: Vec::new(),
            positions: HashMap::default(),
            expected: Vec::new(),
            expected_until: Vec::new(),
        };
        graph.add(initial, 0);
        graph
    }

    /// The position of a state that was found from another.
    fn add(&mut self, state: M::State, from: usize) -> u32 {
        let mut hasher = Multiplied::default();
        state.hash(&mut hasher);
        let mut hash = hasher.finish();
        let new = u32::try_from(self.states.len()).unwrap();
        loop {
            let at = *self.positions.entry(hash).or_insert(new);
            if at == new {
                self.states.push(state);
                self.parents.push(u32::try_from(from).unwrap());
                return new;
            }
            if self.states[at as usize] == state {
                return at;
            }
            hash = hash.wrapping_add(1);
        }
    }

    /// The first state from which expected steps lead to no end.
    fn stuck(&self, model: &M) -> Option<usize> {
        let mut can_end: Vec<bool> = self
            .states
            .iter()
            .map(|it| model.end(it).is_some())
            .collect();
        loop {
            let mut changed = false;
            // Steps mostly lead to later states, so going backwards few rounds are enough.
            for at in (0..self.states.len()).rev() {
                if !can_end[at] {
                    let from = at.checked_sub(1).map_or(0, |it| self.expected_until[it]);
                    let next = &self.expected[from..self.expected_until[at]];
                    can_end[at] = next.iter().any(|to| can_end[*to as usize]);
                    changed |= can_end[at];
                }
            }
            if !changed {
                return can_end.iter().position(|it| !it);
            }
        }
    }

    fn report(
        &self,
        model: &mut M,
        steps: usize,
        violated: Option<(M::Property, usize)>,
    ) -> Explored<M::Property> {
        let mut depth = vec![0; self.states.len()];
        for at in 1..depth.len() {
            depth[at] = depth[self.parents[at] as usize] + 1;
        }
        let mut ends = BTreeMap::new();
        for end in self.states.iter().filter_map(|it| model.end(it)) {
            *ends.entry(end).or_default() += 1;
        }
        Explored {
            states: self.states.len(),
            steps,
            ends,
            depth: depth.last().copied().unwrap_or(0),
            violation: violated.map(|(property, at)| Violation {
                property,
                trace: self.trace(model, at),
            }),
        }
    }

    fn trace(&self, model: &mut M, mut at: usize) -> Vec<String> {
        let mut trace = Vec::new();
        let mut steps = Vec::new();
        while at != 0 {
            let (from, to) = (self.parents[at] as usize, &self.states[at]);
            steps.clear();
            model.steps(&self.states[from], &mut steps);
            let (step, _) = steps.iter().find(|(_, state)| state == to).unwrap();
            trace.push(format!("{step:?} → {}", model.describe(to)));
            at = from;
        }
        trace.push(model.describe(&self.states[0]));
        trace.reverse();
        trace
    }
}

/// A fast hasher of small values: the states are our own, so nothing chooses them to collide.
#[derive(Default)]
struct Multiplied(u64);

impl Multiplied {
    fn add(&mut self, value: u64) {
        self.0 = (self.0.rotate_left(5) ^ value).wrapping_mul(0x517c_c1b7_2722_0a95);
    }
}

impl Hasher for Multiplied {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.add(u64::from(*byte));
        }
    }

    fn write_u8(&mut self, value: u8) {
        self.add(u64::from(value));
    }

    fn write_u32(&mut self, value: u32) {
        self.add(u64::from(value));
    }

    fn write_isize(&mut self, value: isize) {
        self.add(value.cast_unsigned() as u64);
    }

    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }
}

/// Passes a hash on.
#[derive(Default)]
struct Unhashed(u64);

impl Hasher for Unhashed {
    fn write(&mut self, _: &[u8]) {
        unreachable!("only hashes are hashed");
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
